# SPDX-License-Identifier: Apache-2.0
"""Rows of synapses from none to the longest onto one core, and what is refused beyond.

Each target's input current is that of all of its synapses, in every bit: also where the same pair is
connected many times, with many delays in one row, beside one through a delay core, static and plastic.
"""

import checks
import lif_model
import numpy as np
import pyNN.spiNNaker as sim

WEIGHT, RUN_MS, N = 0.03125, 60, 200


def inputs(population):
    """The input current (steps x neurons) in units of 2^-15."""
    signal = population.get_data("gsyn_exc").segments[0].filter(name="gsyn_exc")[0]
    return np.array(signal.magnitude) / checks.ULP


def expected(links):
    """The same from (spike time, target, weight, delay) of every synapse."""
    arriving = np.zeros((RUN_MS, N), dtype=int)
    for fired, j, weight, delay in links:
        arriving[fired + int(delay), j] += round(weight * lif_model.ONE)
    result = np.zeros((RUN_MS, N), dtype=int)
    for j in range(N):
        neuron = lif_model.CurrentExponential(v_thresh=1000.0)
        for step in range(RUN_MS):
            result[step, j] = neuron.step(int(arriving[step, j]))[0][1]
    return result


def build(length, plastic):
    """A row of `length` synapses from source 0, one or two further ones from source 1."""
    label = f"{'plastic' if plastic else 'static'} row of {length}"
    source = sim.Population(2, sim.SpikeSourceArray([[0], [3]]), label=f"source of {label}")
    # Sums of up to 4 nA fit: 128 synapses onto one target in one step.
    pop = sim.Population(
        N, sim.IF_curr_exp(v_thresh=1000.0), label=label, max_expected_summed_weight=[3.9, 1.0]
    )
    pop.record("gsyn_exc")
    delays = rng.randint(1, 16, length)
    # A quarter of all goes to one target, so that pairs are connected many times.
    targets = np.where(rng.rand(length) < 0.25, 7, rng.randint(0, N, length))
    links = [(0, int(j), WEIGHT, int(d)) for j, d in zip(targets, delays, strict=True)]
    # Not 2 ms: see in README.md what happens to plastic delays that are a power of two.
    links.append((1, 5, WEIGHT, 3))
    if plastic:
        timing = sim.SpikePairRule(20.0, 20.0, A_plus=0.0, A_minus=0.0)
        synapse = sim.STDPMechanism(timing, sim.AdditiveWeightDependence(0.0, 1.0), weight=WEIGHT)
    else:
        # Beyond the ring of this core: through a delay core, in a row of its own.
        links.append((1, 6, WEIGHT, 40))
        synapse = sim.StaticSynapse()
    return label, pop, links, sim.Projection(source, pop, sim.FromListConnector(links), synapse)


#: A row has 256 words; a plastic one begins with the time and the trace of its last spike.
LENGTHS = {False: [0, 1, 7, 8, 9, 64, 128, 255, 256], True: [0, 1, 2, 63, 64, 253, 254]}
rng = np.random.RandomState(3)
sim.setup(timestep=1.0)
cases = [build(length, plastic) for plastic in (False, True) for length in LENGTHS[plastic]]
sim.run(RUN_MS)
for label, pop, links, projection in cases:
    checks.equal(label, inputs(pop), expected([((0, 3)[i], j, w, d) for i, j, w, d in links]))
    found = sorted(tuple(map(float, row)) for row in projection.get(["weight", "delay"], "list"))
    checks.equal(f"{label} read back", found, sorted(links))
sim.end()

for plastic, longest in ((False, 256), (True, 254)):
    sim.setup(timestep=1.0)
    build(longest + 1, plastic)
    what, says = f"{longest + 1}, plastic {plastic}", f"{longest} for this connection type"
    checks.raises(what, "SynapseRowTooBigException", lambda: sim.run(1), says)
    sim.end()
checks.finish()
