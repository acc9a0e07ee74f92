# SPDX-License-Identifier: Apache-2.0
"""Plastic weights: each rule with each dependence, on several neuron models, in closed form.

Pulses of current make the two neurons of every population fire; eight plastic sources fire in between,
each at a phase of its own. `Synapse` is the published rule in real numbers; it takes the spikes that
were recorded. The machine keeps traces in 2^-11 and weights in 16 bits, which the tolerance allows for;
the golden vectors hold every bit. The stochastic rules are checked by the weights that can occur.
"""

from math import exp

import checks
import numpy as np
import pyNN.spiNNaker as sim

extra = sim.extra_models
PERIOD, FIRST, RUN_MS = 40, 20, 420
PULSES = [list(range(first, 400, PERIOD)) for first in (FIRST, FIRST + 9)]
PHASES = [2, 8, 15, 18, 24, 27, 33, 38]
#: Each source ends with a spike long after: a plastic row is brought up to date by its next spike.
PRE = [[*range(phase, 400 - PERIOD, PERIOD), 412] for phase in PHASES]
TAU_PLUS, TAU_MINUS = 20.0, 15.0
TAU_X, TAU_Y = 101.0, 125.0
ALPHA = 0.125
WEIGHT, W_MIN, W_MAX, UP, DOWN, UP3, DOWN3 = 0.4, 0.1, 1.0, 0.05, 0.04, 0.04, 0.01
#: Weights of conductance-based neurons are this much smaller.
SMALL = 1 / 32
#: A threshold that only the pulses reach.
QUIET = {"v_thresh": -30.0, "tau_refrac": 2.0}


class Synapse:
    """One synapse under `rule`, whose weight goes up and down by `dependence`."""

    def __init__(self, rule, dependence, scale=1.0, w_max=W_MAX):
        self.rule, self.dependence, self.scale = rule, dependence, scale
        self.low, self.high, self.weight = W_MIN * scale, w_max * scale, WEIGHT * scale

    def up(self, amount, triplet=0.0):
        if self.dependence == "multiplicative":
            self.weight += (self.high - self.weight) * UP * amount
        else:
            change = (UP * amount + UP3 * triplet) * self.scale
            self.weight = min(self.weight + change, self.high)

    def down(self, amount, triplet=0.0):
        if self.dependence == "multiplicative":
            self.weight -= (self.weight - self.low) * DOWN * amount
        else:
            change = (DOWN * amount + DOWN3 * triplet) * self.scale
            self.weight = max(self.weight - change, self.low)

    def after(self, pre, post, delay):
        """Its weight after the spikes; `delay` is that of the post spikes' way back."""
        post = [p + delay for p in post]
        events = sorted([(t, 1, "pre") for t in pre] + [(p, 0, "post") for p in post])
        r1 = r2 = o1 = o2 = 0.0
        # The published nearest rule takes the beginning of the run for a first spike.
        last_pre, last_post = 0 if self.rule == "nearest" else None, None
        tau_post = TAU_PLUS if self.rule == "vogels" else TAU_MINUS
        for time, _, kind in events:
            since_pre = np.inf if last_pre is None else time - last_pre
            since_post = np.inf if last_post is None else time - last_post
            pre_now, post_now = r1 * exp(-since_pre / TAU_PLUS), o1 * exp(-since_post / tau_post)
            r2_now, o2_now = r2 * exp(-since_pre / TAU_X), o2 * exp(-since_post / TAU_Y)
            if kind == "post":
                if self.rule == "nearest":
                    self.up(0.0 if since_post < since_pre else exp(-since_pre / TAU_PLUS))
                elif self.rule == "triplet":
                    self.up(pre_now, pre_now * o2_now)
                else:
                    self.up(pre_now)
                o1, o2, last_post = post_now + 1, o2_now + 1, time
            else:
                if self.rule == "nearest":
                    self.down(exp(-since_post / TAU_MINUS))
                elif self.rule == "triplet":
                    self.down(post_now, post_now * r2_now)
                elif self.rule == "vogels":
                    self.up(post_now - ALPHA if last_post is not None else 0.0)
                else:
                    self.down(post_now)
                r1, r2, last_pre = pre_now + 1, r2_now + 1, time
        return self.weight


RULES = {
    "pair": lambda: sim.SpikePairRule(TAU_PLUS, TAU_MINUS, UP, DOWN),
    "nearest": lambda: extra.SpikeNearestPairRule(TAU_PLUS, TAU_MINUS, A_plus=UP, A_minus=DOWN),
    "triplet": lambda: extra.PfisterSpikeTriplet(
        TAU_PLUS, TAU_MINUS, TAU_X, TAU_Y, A_plus=UP, A_minus=DOWN
    ),
    "vogels": lambda: extra.Vogels2011Rule(alpha=ALPHA, tau=TAU_PLUS, A_plus=UP, A_minus=UP),
}
DEPENDENCES = {
    "additive": lambda low, high: sim.AdditiveWeightDependence(low, high),
    "multiplicative": lambda low, high: sim.MultiplicativeWeightDependence(low, high),
    "additive triplet": lambda low, high: extra.WeightDependenceAdditiveTriplet(
        low, high, A3_plus=UP3, A3_minus=DOWN3
    ),
}


def inject(population, pulse):
    """Pulses of 1 ms and `pulse` nA into both neurons, each at its own times."""
    for neuron, times in enumerate(PULSES):
        stairs = [(t, pulse) for t in times] + [(t + 1, 0.0) for t in times]
        when, amplitudes = zip(*sorted(stairs), strict=True)
        source = sim.StepCurrentSource(times=list(when), amplitudes=list(amplitudes))
        population[neuron : neuron + 1].inject(source)


class Case:
    """A population that is made to fire, and a plastic projection onto it."""

    def __init__(
        self, name, rule="pair", dependence="additive", cell=None, pulse=50.0, scale=1.0,
        w_max=W_MAX, delay=1.0, backprop=True, receptor="excitatory", connector=None, **more,
    ):  # fmt: skip
        self.name, self.synapse = name, (rule, dependence, scale, w_max)
        self.delay = delay if backprop else 0.0
        # No two sources fire at once, so that one weight is the largest sum: the finest scale.
        sums = [1.5 * scale] * 2
        self.pop = sim.Population(
            2, cell or sim.IF_curr_exp(**QUIET), label=name, max_expected_summed_weight=sums, **more
        )
        self.pop.record("spikes")
        inject(self.pop, pulse)
        timing = RULES[rule]()
        weights = DEPENDENCES[dependence](W_MIN * scale, w_max * scale)
        if dependence != "additive triplet":
            timing.A_plus, timing.A_minus = UP, UP if rule == "vogels" else DOWN
        if scale != 1.0:
            timing.A_plus, timing.A_minus = UP * scale, DOWN * scale
        plastic = sim.STDPMechanism(
            timing_dependence=timing,
            weight_dependence=weights,
            weight=WEIGHT * scale,
            delay=delay,
            backprop_delay=backprop,
        )
        self.projection = sim.Projection(
            SOURCES, self.pop, connector or sim.AllToAllConnector(), plastic, receptor_type=receptor
        )

    def check(self, segment):
        trains = self.pop.get_data("spikes").segments[segment].spiketrains
        post = [list(map(float, train)) for train in trains]
        what = f"{self.name}, segment {segment}"
        checks.between(f"{what}: spikes", [len(train) for train in post], 5, 40)
        rule, dependence, scale, w_max = self.synapse
        found = self.projection.get("weight", "list")
        expected = {
            (i, j): Synapse(rule, dependence, scale, w_max).after(PRE[i], post[j], self.delay)
            for i in range(len(PRE))
            for j in range(2)
        }
        pairs = [(int(i), int(j)) for i, j, _ in found]
        checks.equal(f"{what}: pairs", sorted(pairs), sorted(expected))
        values = [float(w) for *_, w in found]
        checks.close(what, values, [expected[p] for p in pairs], absolute=0.002 * scale)
        checks.holds(
            f"{what}: weights differ",
            np.ptp(values) > 0.05 * scale,
            f"{min(values)}..{max(values)}",
        )


sim.setup(timestep=1.0)
SOURCES = sim.Population(len(PRE), sim.SpikeSourceArray(PRE), label="sources")
cases = [
    Case("pair additive"),
    Case("pair multiplicative", dependence="multiplicative"),
    Case("nearest additive", rule="nearest"),
    Case("nearest multiplicative", rule="nearest", dependence="multiplicative"),
    Case("triplet additive", rule="triplet", dependence="additive triplet"),
    Case("vogels additive", rule="vogels"),
    Case("limits", w_max=0.5),
    Case("delay of 9", delay=9.0),
    Case("delay of 9, no way back", delay=9.0, backprop=False),
    Case("inhibitory", receptor="inhibitory"),
    Case("from a list", connector=sim.FromListConnector(
        [(i, j) for i in range(len(PRE)) for j in range(2)])),
    Case("synapse cores", n_synapse_cores=2),
    Case("conductance", cell=sim.IF_cond_exp(**QUIET), scale=SMALL),
    Case("nearest on conductance", rule="nearest", cell=sim.IF_cond_exp(**QUIET),
         scale=SMALL),
    Case("alpha", cell=sim.IF_curr_alpha(**QUIET)),
    Case("delta", cell=sim.IF_curr_delta(**QUIET)),
    Case("Izhikevich", cell=sim.Izhikevich(), pulse=130.0),
    Case("Izhikevich conductance", cell=extra.Izhikevich_cond(), pulse=130.0, scale=SMALL),
    Case("calcium", cell=extra.IFCurrExpCa2Adaptive(**QUIET, i_alpha=0.25)),
]  # fmt: skip

# The stochastic rules: one pair each PERIOD, which is far beyond their windows. The machine sees the post
# spike one step late, so the pairs are 3 ms (up) and 1 ms (down) wide: of ten, exp(-3 / WINDOW) = 0.55
# and 0.82 count, and LIMIT of these make one whole step.
WINDOW, LIMIT, STEP = 5.0, 3, 0.2


def recurrent(name, first, dual):
    """A source that fires a little before or after each pulse of neuron 0."""
    times = list(range(first, 400, PERIOD))
    source = sim.Population(1, sim.SpikeSourceArray([[*times, 412]]), label=f"source of {name}")
    pop = sim.Population(
        2, sim.IF_curr_exp(**QUIET), label=name, max_expected_summed_weight=[1.5, 1]
    )
    inject(pop, 50.0)
    plastic = sim.STDPMechanism(
        timing_dependence=extra.RecurrentRule(
            accumulator_depression=-LIMIT, accumulator_potentiation=LIMIT, mean_pre_window=WINDOW,
            mean_post_window=WINDOW, dual_fsm=dual, A_plus=STEP, A_minus=STEP),
        weight_dependence=sim.MultiplicativeWeightDependence(0.0, W_MAX),
        weight=WEIGHT,
    )  # fmt: skip
    return sim.Projection(source, pop, sim.AllToAllConnector(), plastic)


stochastic = {
    (kind, dual): recurrent(f"{kind}, dual {dual}", FIRST + shift, dual)
    for kind, shift in (("up", -2), ("down", 2))
    for dual in (True, False)
}
sim.run(RUN_MS)
for case in cases:
    case.check(0)
for (kind, dual), projection in stochastic.items():
    w = next(float(row[2]) for row in projection.get("weight", "list"))
    sizes = [
        W_MAX - (W_MAX - WEIGHT) * (1 - STEP) ** n if kind == "up" else WEIGHT * (1 - STEP) ** n
        for n in range(11)
    ]
    steps = int(np.argmin(np.abs(np.array(sizes) - w)))
    checks.close(f"{kind}, dual {dual}: whole steps", w, sizes[steps], absolute=0.002)
    checks.between(f"{kind}, dual {dual}: how many", steps, 1, 3)

# After a reset the weights begin again.
sim.reset()
sim.run(RUN_MS)
for case in cases[:3]:
    case.check(1)
sim.end()
checks.finish()
