# SPDX-License-Identifier: Apache-2.0
"""Neuromodulated plasticity: weights against Izhikevich's closed form (2007), and lists.

One pairing leaves an eligibility trace, a dopamine spike meets it, and the weight is the integral of
their product: c(t) d(t) with time constants tau_c and tau_d. The exponentials come from tables in s5.11
with a step of 16 ms for tau_c and 4 ms for tau_d (the shifts of the original's Neuromodulation), so
intervals count as the multiple of the step below.
"""

from math import exp

import checks
import numpy as np
import pyNN.spiNNaker as sim

TAU_C, TAU_D, TAU_PLUS, TAU_MINUS = 500.0, 100.0, 10.0, 12.0
#: A concentration that s5.11 holds exactly.
DOPAMINE = 0.125
RUN_MS = 1500
#: (pre spike, stimulus of the post neuron) and the dopamine spikes; the weight is read at LAST.
PAIRINGS = [(300, 302), (300, 306), (300, 315)]
REWARD, LAST = 400, 1200

CELL = {
    "cm": 0.3,
    "i_offset": 0.0,
    "tau_m": 10.0,
    "tau_refrac": 4.0,
    "tau_syn_E": 1.0,
    "tau_syn_I": 1.0,
    "v_reset": -70.0,
    "v_rest": -65.0,
    "v_thresh": -55.4,
}
N = len(PAIRINGS)


def plastic(weight, w_max=20.0):
    return sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(TAU_PLUS, TAU_MINUS, A_plus=1, A_minus=1),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0, w_max=w_max),
        weight=weight,
    )


def dopamine(concentration):
    return sim.extra_models.Neuromodulation(
        weight=concentration, tau_c=TAU_C, tau_d=TAU_D, w_max=20.0
    )


def change(pre, posts, reward, last):
    """The weight from the post spikes after `pre` and one reward, all one step late by the delays.

    The trace decays from event to event.
    """
    trace, at = 0.0, pre
    for post in posts:
        trace = trace * decay_c(post + 1 - at) + exp(-(post + 1 - pre) / TAU_PLUS)
        at = post + 1
    trace *= decay_c(reward + 1 - at)
    rate = 1 / TAU_C + 1 / TAU_D
    left = decay_c(last - reward - 1) * decay_d(last - reward - 1)
    return trace * DOPAMINE / rate * (1 - left)


def decay_c(interval):
    return exp(-(interval // 16 * 16) / TAU_C)


def decay_d(interval):
    return exp(-(interval // 4 * 4) / TAU_D)


class Group:
    """N neurons, each with a pairing of its own and plastic synapses from a source of its own."""

    def __init__(self, name, receptor, weight, connector, concentration=DOPAMINE):
        self.post = sim.Population(N, sim.IF_curr_exp(**CELL), label=name)
        self.post.record("spikes")
        sim.Projection(stimulus, self.post, sim.OneToOneConnector(), sim.StaticSynapse(weight=6.0))
        self.weights = sim.Projection(pre, self.post, connector, plastic(weight))
        sim.Projection(
            reward,
            self.post,
            sim.AllToAllConnector(),
            dopamine(concentration),
            receptor_type=receptor,
        )

    def found(self):
        return [(int(i), int(j), float(w)) for i, j, w in self.weights.get("weight", "list")]

    def fired(self, before):
        trains = self.post.get_data("spikes").segments[0].spiketrains
        return [[float(t) for t in train if t < before] for train in trains]


sim.setup(timestep=1.0)
pre = sim.Population(N, sim.SpikeSourceArray([[p, LAST] for p, _ in PAIRINGS]), label="pre")
stimulus = sim.Population(N, sim.SpikeSourceArray([[s] for _, s in PAIRINGS]), label="stimulus")
reward = sim.Population(1, sim.SpikeSourceArray([[REWARD]]), label="reward")
START, LITTLE = 8.0, DOPAMINE / 4
rewarded = Group("rewarded", "reward", 0.0, sim.OneToOneConnector())
punished = Group("punished", "punishment", START, sim.OneToOneConnector(), LITTLE)
# The same from a list, whose rows the host builds.
links = [(i, i, 0.0, 1.0) for i in range(N)]
listed = Group("listed", "reward", 0.0, sim.FromListConnector(links))
groups = (rewarded, punished, listed)
sim.run(RUN_MS)

# 6 nA for one time constant of 1 ms bring the neuron over the threshold in the step of arrival.
posts = [[s + 1] for _, s in PAIRINGS]
for group in (rewarded, listed):
    checks.same_lists(f"{group.post.label}: post spikes", group.fired(before=LAST), posts)
# The punished synapses (8 nA at first) make their neurons fire by themselves too.
checks.holds("punished: the neurons fire", all(punished.fired(before=LAST)))
pairs = [(i, i) for i in range(N)]
for group in groups:
    checks.equal(f"{group.post.label}: connections", [c[:2] for c in group.found()], pairs)


def weights(group):
    return np.array([w for *_, w in group.found()])


def changes(group):
    return np.array(
        [
            change(pair[0], train, REWARD, LAST)
            for pair, train in zip(PAIRINGS, group.fired(before=REWARD), strict=True)
        ]
    )


#: Traces and weights are kept in s5.11.
TOLERANCE = 0.002
checks.holds("the weights differ", np.ptp(changes(rewarded)) > 1.0)
checks.close("rewarded", weights(rewarded), changes(rewarded), relative=TOLERANCE)
checks.equal("listed", weights(listed), weights(rewarded))
lost = changes(punished) * LITTLE / DOPAMINE
checks.holds("they lose something and keep something", all(0.5 < x < START - 0.5 for x in lost))
checks.close("punished", weights(punished), START - lost, relative=TOLERANCE)
sim.end()
checks.finish()
