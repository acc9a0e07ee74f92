# SPDX-License-Identifier: Apache-2.0
"""Current sources: constant, steps, sine and noise, alone, together, into views, changed between runs.

The constant and the stepped ones are followed in every bit by the neuron model of lif_model; the
sine is compared with its formula; the noise is recovered from the membrane and held against its
distribution at five standard deviations.
"""

from math import pi, sin, sqrt

import checks
import lif_model
import numpy as np
import pyNN.spiNNaker as sim

RUN_MS = 200
CELL = {"tau_m": 20.0, "cm": 1.0, "v_rest": -65.0, "v_reset": -70.0, "tau_refrac": 2.0}
#: A membrane that shows its input: it never fires, and forgets half of it in 1.4 ms.
QUICK = {"tau_m": 2.0, "cm": 1.0, "v_rest": -65.0, "v_thresh": 1000.0}


def course(currents, **parameters):
    """V in units of 2^-15 and the steps with spikes, driven by one current (nA) a step."""
    neuron = lif_model.CurrentExponential(**parameters)
    v, fired = [], []
    for step, current in enumerate(currents):
        neuron.bias = round(current * lif_model.ONE)
        recorded, fires = neuron.step()
        v.append(recorded[0])
        if fires:
            fired.append(step)
    return v, fired


def pulse(amplitude, start, stop, steps=RUN_MS):
    return np.array([amplitude if start <= t < stop else 0.0 for t in range(steps)])


def stairs(times, amplitudes, steps=RUN_MS):
    current = np.zeros(steps)
    for time, amplitude in zip(times, amplitudes, strict=True):
        current[time:] = amplitude
    return current


def membrane(population, segment=0):
    """V in units of 2^-15, steps x neurons."""
    signal = population.get_data("v").segments[segment].filter(name="v")[0]
    return np.array(signal.magnitude) / checks.ULP


def trains(population, segment=0):
    return population.get_data("spikes").segments[segment].spiketrains


def population(n, label, seed, **cell):
    made = sim.Population(n, sim.IF_curr_exp(**(cell or CELL)), label=label, seed=seed)
    made.record(["v", "spikes"])
    return made


sim.setup(timestep=1.0)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 8)

constant = population(1, "constant", 1)
constant.inject(sim.DCSource(amplitude=0.875, start=20.0, stop=150.0))
steps = population(1, "steps", 2)
TIMES, AMPLITUDES = [10.0, 50.0, 90.0, 130.0], [0.5, 0.875, -0.5, 1.25]
stepped = sim.StepCurrentSource(times=TIMES, amplitudes=AMPLITUDES)
stepped.inject_into(steps)

# Two sources into one neuron add up, beside its own offset.
both = population(1, "both", 3, **CELL, i_offset=0.25)
both.inject(sim.DCSource(amplitude=0.5, start=0.0, stop=100.0))
both.inject(sim.StepCurrentSource(times=[50.0, 150.0], amplitudes=[0.25, 1.0]))

# One source into some neurons of two cores: the others stay at rest.
some = population(12, "some", 4)
some[3, 5, 10].inject(sim.DCSource(amplitude=1.0, start=5.0, stop=195.0))

wave = population(1, "sine", 5, **QUICK)
OFFSET, AMPLITUDE, HZ, PHASE = 0.25, 0.75, 10.0, 30.0
wave.inject(
    sim.ACSource(
        start=10.0, stop=180.0, amplitude=AMPLITUDE, offset=OFFSET, frequency=HZ, phase=PHASE
    )
)

noise = population(16, "noise", 6, **QUICK)
MEAN, DEVIATION = 0.5, 0.25
noisy = sim.NoisyCurrentSource(mean=MEAN, stdev=DEVIATION, start=20.0, stop=170.0, dt=1.0)
noise.inject(noisy)

sim.run(RUN_MS)

for pop, currents, cell in (
    (constant, pulse(0.875, 20, 150), CELL),
    (steps, stairs([10, 50, 90, 130], AMPLITUDES), CELL),
    (both, 0.25 + pulse(0.5, 0, 100) + stairs([50, 150], [0.25, 1.0]), CELL),
):
    v, fired = course(currents, **cell)
    checks.equal(f"{pop.label}: V", membrane(pop)[:, 0], v)
    checks.same_lists(f"{pop.label}: spikes", trains(pop), [fired])
    checks.holds(f"{pop.label}: it fires", len(fired) >= 2, str(fired))

v, fired = course(pulse(1.0, 5, 195), **CELL)
rest, _ = course(np.zeros(RUN_MS), **CELL)
checks.equal("some: V", membrane(some).T, [v if i in (3, 5, 10) else rest for i in range(12)])
chosen = [fired if i in (3, 5, 10) else [] for i in range(12)]
checks.same_lists("some: spikes", trains(some), chosen)


def currents_of(v, tau_m):
    """The currents (nA) that make this membrane (mV from rest): I R = (V' - E V) / (1 - E)."""
    leak = np.exp(-1 / tau_m)
    return (v[1:] - leak * v[:-1]) / (1 - leak) / tau_m


v = membrane(wave)[:, 0] * checks.ULP + 65.0
expected = [
    OFFSET + AMPLITUDE * sin(2 * pi * HZ * (t - 10) / 1000 + PHASE * pi / 180)
    if 10 <= t < 180
    else 0.0
    for t in range(RUN_MS - 1)
]
checks.close("sine", currents_of(v, 2.0), expected, absolute=1e-3)

found = np.array([currents_of(v, 2.0) for v in membrane(noise).T * checks.ULP + 65.0])
inside, outside = found[:, 20:170], np.delete(found, np.s_[20:170], axis=1)
checks.close("noise outside of its window", outside, np.zeros_like(outside), absolute=1e-3)
# Both cores start from the source's one seed, so eight neurons have noise of their own.
checks.equal("noise of the second core", inside[8:], inside[:8])
own = inside[:8]
# Single values may be alike by chance; courses of 150 are not.
checks.equal("no two neurons alike", len(np.unique(own.round(4), axis=0)), len(own))


def noise_is(what, values, mean, deviation):
    """Independent normal values: mean, standard deviation, tails."""
    error, n = deviation / sqrt(values.size), values.size
    checks.between(f"{what}: mean", values.mean(), mean - 5 * error, mean + 5 * error)
    low, high = deviation * (1 - 5 / sqrt(2 * n)), deviation * (1 + 5 / sqrt(2 * n))
    checks.between(f"{what}: standard deviation", values.std(), low, high)
    # 0.3173 of them lie beyond one standard deviation.
    beyond, few = np.mean(np.abs(values - mean) > deviation), 5 * sqrt(0.3173 * 0.6827 / n)
    checks.between(f"{what}: beyond one", beyond, 0.3173 - few, 0.3173 + few)
    # From one step to the next, and from neuron to neuron: no correlation.
    for axis, name in ((1, "steps"), (0, "neurons")):
        a, b = np.delete(values, -1, axis) - mean, np.delete(values, 0, axis) - mean
        correlation = np.mean(a * b) / deviation**2
        limit = 5 / sqrt(a.size)
        checks.between(f"{what}: correlation of {name}", correlation, -limit, limit)


noise_is("noise", own, MEAN, DEVIATION)

# Values may change after a reset, the number of stairs may not (the published host reloads in place).
sim.reset()
stepped.set_parameters(times=[20.0, 60.0, 70.0, 80.0], amplitudes=[1.0, 0.0, -1.0, 0.25])
noisy.set_parameters(mean=1.0)
sim.run(100)
v, _ = course(stairs([20, 60, 70, 80], [1.0, 0.0, -1.0, 0.25], 100), **CELL)
checks.equal("stairs set after a reset: V", membrane(steps, 1)[:, 0], v)
v, _ = course(pulse(0.875, 20, 150, 100), **CELL)
checks.equal("the same after a reset: V", membrane(constant, 1)[:, 0], v)
again = [currents_of(v, 2.0) for v in membrane(noise, 1).T[:8] * checks.ULP + 65.0]
noise_is("noise with another mean", np.array(again)[:, 20:], 1.0, DEVIATION)
sim.end()

sim.setup(timestep=1.0)
checks.raises(
    "noise on another grid", "SpynnakerException", lambda: sim.NoisyCurrentSource(dt=0.5), "dt"
)
sim.end()
checks.finish()
