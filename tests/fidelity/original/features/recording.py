# SPDX-License-Identifier: Apache-2.0
"""What recording can be asked for: intervals, views, everything, files, clearing, pauses.

Ten neurons on three cores with offsets of their own and one input each. The whole record of one
population, compared with lif_model in every bit, is the measure for the others.
"""

import pickle
from pathlib import Path

import checks
import lif_model
import numpy as np
import pyNN.spiNNaker as sim

N, RUN_MS = 10, 200
OFFSETS = [0.125 * i for i in range(N)]


def analog(population, name, segment=0):
    return population.get_data(name).segments[segment].filter(name=name)[0]


def values(population, name, segment=0):
    """Steps x neurons in units of 2^-15."""
    return np.array(analog(population, name, segment).magnitude) / checks.ULP


def trains(population, segment=0):
    return [
        list(map(float, t)) for t in population.get_data("spikes").segments[segment].spiketrains
    ]


def recorded(population, segment=0):
    return sorted(s.name for s in population.get_data().segments[segment].analogsignals)


def neurons(label):
    made = sim.Population(N, sim.IF_curr_exp(i_offset=OFFSETS), label=label)
    for receptor, times in (("excitatory", EXCITATORY), ("inhibitory", INHIBITORY)):
        source = sim.Population(N, sim.SpikeSourceArray(times), label=f"{receptor} {label}")
        sim.Projection(
            source,
            made,
            sim.OneToOneConnector(),
            sim.StaticSynapse(4.0, 1.0),
            receptor_type=receptor,
        )
    return made


EXCITATORY = [[i, 50 + 3 * i, 120] for i in range(N)]
INHIBITORY = [[20 + i] for i in range(N)]
COURSES = [
    lif_model.course(
        RUN_MS,
        [(t + 1, 4.0) for t in EXCITATORY[i]],
        [(t + 1, 4.0) for t in INHIBITORY[i]],
        i_offset=OFFSETS[i],
    )
    for i in range(N)
]
V, EXC, INH = (np.array([c[k] for c in COURSES]).T for k in range(3))
FIRED = [c[3] for c in COURSES]

sim.setup(timestep=1.0)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 4)
whole = neurons("whole")
whole.record(["v", "gsyn_exc", "gsyn_inh", "spikes"])
sampled = neurons("sampled")
sampled.record("v", sampling_interval=4)
sampled.record("gsyn_exc", sampling_interval=7)
sampled.record("gsyn_inh", sampling_interval=200)
sampled.record("spikes", sampling_interval=5)
part = neurons("part")
part[2:5].record("v", sampling_interval=3)
part[6, 7].record("gsyn_exc")
everything = neurons("everything")
everything.record("all")
filed = neurons("filed")
filed.record(["v", "spikes"], to_file="filed.pkl")
nothing = neurons("nothing")
nothing.record(["v", "spikes"])
nothing.record(None)
sim.run(RUN_MS)

checks.equal("V", values(whole, "v"), V)
checks.equal("excitatory", values(whole, "gsyn_exc"), EXC)
checks.equal("inhibitory", values(whole, "gsyn_inh"), INH)
checks.same_lists("spikes", trains(whole), FIRED)
checks.between("spikes of all", sum(map(len, FIRED)), 30, 200)

checks.equal("V each 4 ms", values(sampled, "v"), V[::4])
checks.equal("excitatory each 7 ms", values(sampled, "gsyn_exc"), EXC[::7])
checks.equal("inhibitory once", values(sampled, "gsyn_inh"), INH[:1])
signal = analog(sampled, "v")
checks.close("its interval", signal.sampling_period.rescale("ms"), 4.0, absolute=1e-9)
checks.close("its times", signal.times.rescale("ms"), np.arange(0, RUN_MS, 4), absolute=1e-9)
# A sample of spikes says that there was one since the one before; what comes after the last is lost.
sparse = [sorted({-(-t // 5) * 5 for t in train if t <= RUN_MS - 5}) for train in FIRED]
checks.same_lists("spikes each 5 ms", trains(sampled), sparse)

checks.equal("V of three, each 3 ms", values(part, "v"), V[::3, 2:5])
checks.equal("their numbers", list(analog(part, "v").annotations["channel_names"]), [2, 3, 4])
checks.equal("excitatory of two", values(part, "gsyn_exc"), EXC[:, 6:8])
checks.equal("units of V", str(signal.units.dimensionality), "mV")

names = ["gsyn_exc", "gsyn_inh", "packets-per-timestep", "v"]
checks.holds("all there is", recorded(everything) == names, str(recorded(everything)))
checks.equal("V in all", values(everything, "v"), V)
# One packet a spike, counted in the step after it. Sources are on one core of their own, so every
# core of the targets gets all of their keys.
packets = np.array(analog(everything, "packets-per-timestep").magnitude)
sent = np.bincount([t + 1 for train in (*EXCITATORY, *INHIBITORY) for t in train], minlength=RUN_MS)
checks.equal("packets that came in", packets[:RUN_MS].T, [sent] * 3)

checks.raises("no record", "ConfigurationException", lambda: nothing.get_data("v"), "No data")
checks.raises("no such variable", "KeyError", lambda: whole.record("nothing"), "nothing")
checks.raises(
    "off the grid",
    "ConfigurationException",
    lambda: whole.record("v", sampling_interval=1.5),
    "integer multiple",
)
checks.raises(
    "two intervals",
    "ConfigurationException",
    lambda: sampled[0:2].record("v", sampling_interval=3),
    "multiple sampling",
)

whole.write_data("whole.pkl", ["v", "spikes"])
block = pickle.loads(Path("whole.pkl").read_bytes())
checks.equal("V in a file", np.array(block.segments[0].filter(name="v")[0]) / checks.ULP, V)
checks.same_lists("spikes in a file", block.segments[0].spiketrains, FIRED)

sim.end()
block = pickle.loads(Path("filed.pkl").read_bytes())
checks.equal("V in its file", np.array(block.segments[0].filter(name="v")[0]) / checks.ULP, V)

# A second run goes on, clear=True forgets, after a reset something else may be recorded.
sim.setup(timestep=1.0)
pop = neurons("pop")
pop.record(["v", "gsyn_exc"])
sim.run(50)
first = np.array(pop.get_data("v", clear=True).segments[0].filter(name="v")[0]) / checks.ULP
checks.equal("the first run", first, V[:50])
sim.run(50)
second = analog(pop, "v")
checks.equal("the second run", np.array(second) / checks.ULP, V[50:100])
checks.close("it begins at", second.t_start.rescale("ms"), 50.0)
sim.reset()
pop.record(None)
pop.record("spikes")
pop[0:3].record("gsyn_inh")
sim.run(RUN_MS)
checks.holds("what was recorded", recorded(pop, 1) == ["gsyn_inh"], str(recorded(pop, 1)))
checks.same_lists("spikes after a reset", trains(pop, -1), FIRED)
checks.equal("inhibitory of three after a reset", values(pop, "gsyn_inh", -1), INH[:, :3])
sim.end()
checks.finish()
