# SPDX-License-Identifier: Apache-2.0
"""Poisson sources whose rates, starts and durations change while a network pauses.

Counts are held against their expectation, at five standard deviations (every population has a seed,
so a count that passes always passes); what must not fire is compared exactly. Slow sources draw the
time to the next spike, fast ones a count each step: changes cross that border both ways.
"""

from math import sqrt

import checks
import numpy as np
import pyNN.spiNNaker as sim

N, PART_MS, WEIGHT = 100, 250, 0.25


def counts(population, start, stop, segment=0):
    """Spikes of each source in [start, stop) ms."""
    trains = population.get_data("spikes").segments[segment].spiketrains
    times = [np.asarray(train, dtype=float) for train in trains]
    return np.array([np.sum((t >= start) & (t < stop)) for t in times])


def expected(what, found, rates_hz, duration_ms):
    """The sum of `found` belongs to sources of `rates_hz` in `duration_ms`."""
    mean = float(np.sum(rates_hz)) * duration_ms / 1000
    checks.between(what, found.sum(), mean - 5 * sqrt(mean), mean + 5 * sqrt(mean))


sim.setup(timestep=1.0)
sim.set_number_of_neurons_per_core(sim.SpikeSourcePoisson, 60)
RATES = [20.0, 900.0, 0.0, 60.0]
sources = {
    "all of them": sim.Population(
        N, sim.SpikeSourcePoisson(rate=RATES[0]), label="all", seed=1,
        additional_parameters={"max_rate": 1000.0},
    ),
    "one by one": sim.Population(
        N, sim.SpikeSourcePoisson(rate=40.0), label="single", seed=2,
        additional_parameters={"max_rate": 1000.0},
    ),
    "windows": sim.Population(
        N, sim.SpikeSourcePoisson(rate=100.0, start=50, duration=100), label="windows", seed=3
    ),
    "never": sim.Population(N, sim.SpikeSourcePoisson(rate=0.0), label="never", seed=4),
}  # fmt: skip
for population in sources.values():
    population.record("spikes")
# One-to-one sources of a population's own cores: their spikes go straight into its sums. These hold
# eight spikes of 0.25 nA, for the published host counts on one spike a step, whatever the rate.
target = sim.Population(N, sim.IF_curr_exp(v_thresh=1000.0), label="target", seed=5)
target.set_max_atoms_per_core(60)
target.record("gsyn_exc")
sim.Projection(
    sources["all of them"],
    target,
    sim.OneToOneConnector(),
    sim.StaticSynapse(weight=WEIGHT, delay=1.0),
)

single = np.full(N, 40.0)
for part, rate in enumerate(RATES):
    if part:
        sources["all of them"].set(rate=rate)
    if part == 1:
        sources["one by one"][10:20].set(rate=0.0)
        single[10:20] = 0.0
    if part == 2:
        sources["one by one"][99].rate = 800.0
        single[99] = 800.0
    if part == 3:
        single[:] = [0.0 if i % 2 else 120.0 for i in range(N)]
        sources["one by one"].set(rate=list(single))
    sim.run(PART_MS)
    window = (part * PART_MS, (part + 1) * PART_MS)
    found = counts(sources["all of them"], *window)
    expected(f"all at {rate} Hz", found, np.full(N, rate), PART_MS)
    found = counts(sources["one by one"], *window)
    expected(f"single rates, part {part}", found, single, PART_MS)
    checks.equal(f"silent ones, part {part}", found[single == 0].sum(), 0)
    if part >= 2:
        expected(f"the fast one, part {part}", found[99:], single[99:], PART_MS)
    # The published host gives each rate as a list of one.
    read = np.ravel(sources["one by one"].get("rate"))
    checks.equal(f"rates read back, part {part}", read, single)

# Between two sources of the same rate counts vary as Poisson's do: variance over mean is 1 within
# five standard deviations of sqrt(2 / (N - 1)).
for start, rate in ((0, RATES[0]), (PART_MS, RATES[1])):
    found = counts(sources["all of them"], start, start + PART_MS)
    spread = found.var(ddof=1) / found.mean()
    checks.between(f"variance at {rate} Hz", spread, 1 - 5 * sqrt(2 / 99), 1 + 5 * sqrt(2 / 99))

found = counts(sources["windows"], 50, 150)
expected("in the window", found, np.full(N, 100.0), 100)
checks.equal("outside of it", counts(sources["windows"], 0, 4 * PART_MS).sum(), found.sum())
checks.equal("rate 0", counts(sources["never"], 0, 4 * PART_MS).sum(), 0)

# Every spike arrives: a current that grows by each spike's weight, as its mean over the step.
block = target.get_data("gsyn_exc").segments[0].filter(name="gsyn_exc")[0]
current = np.array(block.magnitude)
fired = np.zeros((4 * PART_MS + 1, N))
for i, train in enumerate(sources["all of them"].get_data("spikes").segments[0].spiketrains):
    np.add.at(fired[:, i], np.asarray(train, dtype=int) + 1, 1)
decay, value = np.exp(-1 / 5), np.zeros(N)
gain = 5 * (1 - decay)
expected_current = np.zeros_like(current)
for step in range(4 * PART_MS):
    value = value + WEIGHT * fired[step] * gain
    expected_current[step] = value
    value = value * decay
# Two products a step are floored: less than two units, 1 / (1 - decay) = 5.5 steps long.
checks.close("current of the targets", current, expected_current, absolute=12 * checks.ULP)
checks.between("most spikes in a step", fired.max(), 4, 8)

# A new window and a new rate after a reset.
sim.reset()
sources["all of them"].set(rate=50.0)
sources["windows"].set(start=100, duration=200, rate=50.0)
sources["never"].set(rate=30.0)
sim.run(400)
expected("all, after a reset", counts(sources["all of them"], 0, 400, 1), np.full(N, 50.0), 400)
found = counts(sources["windows"], 100, 300, 1)
expected("the new window", found, np.full(N, 50.0), 200)
checks.equal("outside of it", counts(sources["windows"], 0, 400, 1).sum(), found.sum())
expected("from 0 to 30 Hz", counts(sources["never"], 0, 400, 1), np.full(N, 30.0), 400)
sim.end()

# Several rates a source, each with its start and duration.
sim.setup(timestep=1.0)
many = sim.Population(
    N,
    sim.extra_models.SpikeSourcePoissonVariable(
        rates=[50.0, 0.0, 400.0, 10.0], starts=[0, 100, 200, 300], durations=[100, 100, 100, 50]
    ),
    label="variable",
    seed=6,
)
many.record("spikes")
sim.run(400)
for rate, start, duration in ((50.0, 0, 100), (400.0, 200, 100), (10.0, 300, 50)):
    found = counts(many, start, start + duration)
    expected(f"{rate} Hz from {start} ms", found, np.full(N, rate), duration)
checks.equal("0 Hz from 100 ms", counts(many, 100, 200).sum(), 0)
checks.equal("after the last", counts(many, 350, 400).sum(), 0)
checks.raises("one rate set", "KeyError", lambda: many.set(rate=5.0), "rate")
sim.end()
checks.finish()
