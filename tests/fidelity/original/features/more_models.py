# SPDX-License-Identifier: Apache-2.0
"""The neuron models that have no golden vectors, and weights changed by other spikes.

Deterministic ones are checked exactly, against their definition or the model that they extend;
stochastic ones by their probabilities, at five standard deviations.
"""

from math import exp, sqrt

import checks
import numpy as np
import pyNN.spiNNaker as sim

extra = sim.extra_models
RUN_MS, MANY = 400, 100


def recorded(population, name):
    return np.array(population.get_data(name).segments[0].filter(name=name)[0].magnitude)


def trains(population):
    return [list(map(float, t)) for t in population.get_data("spikes").segments[0].spiketrains]


sim.setup(timestep=1.0)
# Exactly representable inputs: 0.25 nA at steps 4 to 8, then -1 nA at 11, then 0.5 nA at 14.
up = sim.Population(1, sim.SpikeSourceArray([[3, 4, 5, 6, 7]]), label="up")
down = sim.Population(1, sim.SpikeSourceArray([[10]]), label="down")
kick = sim.Population(1, sim.SpikeSourceArray([[13]]), label="kick")
noise = sim.Population(1, sim.SpikeSourceArray([list(range(0, RUN_MS, 7))]), label="regular")
alike = sim.OneToOneConnector()


def feed(source, target, weight, receptor="excitatory"):
    sim.Projection(source, target, alike, sim.StaticSynapse(weight, 1.0), receptor_type=receptor)


truncated = sim.Population(1, extra.IFTruncDelta(), label="truncated")
feed(up, truncated, 0.25)
feed(down, truncated, 1.0, "inhibitory")
feed(kick, truncated, 0.5)
truncated.record(["v", "spikes"])

# Izhikevich_cond_dual with its second receptor as fast as the first: Izhikevich_cond.
single = sim.Population(1, extra.Izhikevich_cond(), label="single")
dual = [
    sim.Population(1, extra.Izhikevich_cond_dual(tau_syn_E2=5.0), label=f"dual {r}")
    for r in ("excitatory", "excitatory2")
]
feed(noise, single, 0.25)
for population, receptor in zip(dual, ("excitatory", "excitatory2"), strict=True):
    feed(noise, population, 0.25, receptor)
for population in (single, *dual):
    population.record(["v", "spikes"])

# Ca2 adaptation on delta synapses: without calcium the plain model, with it a known current.
CELL = {"tau_m": 20.0, "cm": 1.0, "v_rest": -65.0, "v_reset": -65.0, "tau_refrac": 2.0}
OFFSET, ALPHA, TAU_CA2 = 1.0, 0.25, 50.0
plain = sim.Population(1, sim.IF_curr_delta(**CELL, i_offset=OFFSET), label="plain")
adaptive = {
    alpha: sim.Population(
        1,
        extra.IFCurrDeltaCa2Adaptive(**CELL, i_offset=OFFSET, i_alpha=alpha, tau_ca2=TAU_CA2),
        label=f"adaptive {alpha}",
    )
    for alpha in (0.0, ALPHA)
}
for population in (plain, *adaptive.values()):
    population.record(["v", "spikes"])

# Stochastic ones, each with a probability that does not change.
P_FIXED = 0.25
fixed = sim.Population(MANY, extra.IFCurrDeltaFixedProb(i_offset=2.0, p_thresh=P_FIXED, seed=1))
TAU, BIAS = 8.0, -2.0
stoc_exp = sim.Population(MANY, extra.StocExp(tau=TAU, bias=BIAS, seed=2), label="StocExp")
LEVEL, TAU_STABLE = -1.0, 0.125
stable = sim.Population(
    MANY, extra.StocExpStable(v_init=LEVEL, v_reset=LEVEL, tau=TAU_STABLE, seed=3), label="stable"
)
sigma = {
    bias: sim.Population(MANY, extra.StocSigma(alpha=1.0, bias=bias, seed=4), label=f"sigma {bias}")
    for bias in (-1.0, 0.0, 1.0)
}
for population in (fixed, stoc_exp, stable, *sigma.values()):
    population.record("spikes")
stoc_exp.record(["v", "prob"])

# Weights changed from outside: +0.25 a spike, at most 2; a change counts from the next pre spike.
pre = sim.Population(3, sim.SpikeSourceArray([[100, 200]] * 3), label="pre")
changers = sim.Population(
    3, sim.SpikeSourceArray([[110, 120, 130], [], [110 + i for i in range(9)]])
)
losers = sim.Population(3, sim.SpikeSourceArray([[150], [150, 160, 170, 180, 190], []]))
changed = sim.Population(3, sim.IF_curr_exp(), label="changed")
changeable = sim.Projection(
    pre, changed, alike, extra.WeightChangeable(weight_min=0.5, weight_max=2.0, weight=1.0)
)
for source, change in ((changers, 0.25), (losers, -0.125)):
    sim.Projection(source, changed, alike, extra.WeightChanger(change, changeable))
sim.run(RUN_MS)

# v holds the value before the step: four inputs of 0.25 reach the threshold of 1, the next comes in
# the refractory step, and v never falls under v_reset. The spike at 0 is the original's: with
# projections the model begins with an input of v_thresh.
v = recorded(truncated, "v")[:17, 0]
checks.equal("IFTruncDelta", v, [0] * 5 + [0.25, 0.5, 0.75] + [0] * 7 + [0.5, 0.5])
checks.same_lists("IFTruncDelta fires", trains(truncated), [[0, 7]])

for population in dual:
    checks.equal(f"{population.label}: V", recorded(population, "v"), recorded(single, "v"))
checks.holds("Izhikevich_cond_dual fires", len(trains(dual[1])[0]) > 3)
checks.same_lists("alike", trains(dual[1]), trains(single))

checks.equal("no calcium", recorded(adaptive[0.0], "v"), recorded(plain, "v"))
v, fired = recorded(adaptive[ALPHA], "v")[:, 0], trains(adaptive[ALPHA])[0]
checks.holds("it adapts", 1 < len(fired) < len(trains(plain)[0]), f"{len(fired)}")
decay, level, calcium, rest = exp(-1 / 20.0), -65.0, 0.0, 0
expected = []
for step in range(RUN_MS):
    expected.append(level)
    calcium *= exp(-1 / TAU_CA2)
    if rest > 0:
        rest -= 1
    else:
        target = -65.0 + (OFFSET - calcium) * 20.0
        level = target - decay * (target - level)
    if step in fired:
        level, rest, calcium = -65.0, 2, calcium + ALPHA
# A unit of the last place of calcium, for 50 steps, at 20 MOhm.
checks.close("adaptation: V", v, expected, absolute=50 * 20 * checks.ULP)


def binomial(what, count, chances, p):
    checks.close(what, count, chances * p, absolute=5 * sqrt(chances * p * (1 - p)))


steps = RUN_MS * MANY
binomial("IFCurrDeltaFixedProb", sum(map(len, trains(fixed))), steps, P_FIXED)
# p = 2^v / tau a step; it then fires for tau steps in a row.
p = 2.0**BIAS / TAU
prob = recorded(stoc_exp, "prob")
checks.equal("StocExp: V", set(np.unique(recorded(stoc_exp, "v"))), {0.0, BIAS})
checks.close("StocExp: its own probability", np.unique(prob), [0.0, p], absolute=2.0**-31)
idle, begun, whole = 0, 0, True
for train in trains(stoc_exp):
    fires = np.zeros(RUN_MS, dtype=bool)
    fires[np.array(train, dtype=int)] = True
    step = 0
    while step < RUN_MS:
        idle += 1
        if fires[step]:
            begun += 1
            whole &= bool(fires[step : step + int(TAU)].all())
            step += int(TAU)
        else:
            step += 1
binomial("StocExp", begun, idle, p)
checks.holds("StocExp: bursts of tau steps", whole)
# Its tau multiplies: p = tau 2^v.
binomial("StocExpStable", sum(map(len, trains(stable))), steps, TAU_STABLE * 2.0**LEVEL)
for bias, population in sigma.items():
    # p = 2^(-2^(alpha v))
    binomial(f"StocSigma {bias}", sum(map(len, trains(population))), steps, 2.0 ** -(2.0**bias))

weights = [float(w) for *_, w in changeable.get("weight", "list")]
checks.equal("weights changed", weights, [1.0 + 3 * 0.25 - 0.125, 0.5, 2.0])
sim.end()
checks.finish()
