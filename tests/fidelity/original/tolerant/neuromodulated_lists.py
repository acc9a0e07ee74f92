# SPDX-License-Identifier: Apache-2.0
"""Dopamine from lists: the same weights as from a connector that the machine expands.

Two reward sources with rows of different lengths; a reward of twice the strength changes a weight
twice as much.
"""

import checks
import numpy as np
import pyNN.spiNNaker as sim

N, PRE, POST, LAST = 4, 100, 105, 600
DOPAMINE = 0.125
CELL = {"tau_m": 10.0, "cm": 0.3, "tau_syn_E": 1.0, "v_reset": -70.0, "v_thresh": -55.4}


def reward(weight=DOPAMINE):
    return sim.extra_models.Neuromodulation(weight=weight, tau_c=200.0, tau_d=50.0, w_max=20.0)


def learning(label, connector, synapse):
    """N neurons with one pairing each; the plastic projection, which `connector` rewards."""
    post = sim.Population(N, sim.IF_curr_exp(**CELL), label=label)
    sim.Projection(stimulus, post, sim.OneToOneConnector(), sim.StaticSynapse(weight=6.0))
    plastic = sim.Projection(
        pre,
        post,
        sim.OneToOneConnector(),
        sim.STDPMechanism(
            timing_dependence=sim.SpikePairRule(10.0, 10.0, A_plus=1, A_minus=1),
            weight_dependence=sim.AdditiveWeightDependence(w_min=0, w_max=20),
            weight=0.0,
        ),
    )
    sim.Projection(rewards, post, connector, synapse, receptor_type="reward")
    return plastic


sim.setup(timestep=1.0)
pre = sim.Population(N, sim.SpikeSourceArray([[PRE, LAST]] * N), label="pre")
stimulus = sim.Population(N, sim.SpikeSourceArray([[POST]] * N), label="stimulus")
rewards = sim.Population(3, sim.SpikeSourceArray([[150], [], [150]]), label="rewards")
# From one of the two sources that fire, so twice as much as one dopamine spike gives.
on_machine = learning("on machine", sim.AllToAllConnector(), reward())
# Source 0 reaches everybody but the last, source 1 never fires, source 2 reaches the first.
links = [(0, 0), (0, 1), (0, 2), (1, 3), (2, 0)]
listed = learning(
    "listed", sim.FromListConnector([(*pair, DOPAMINE, 1.0) for pair in links]), reward()
)
graded = learning(
    "graded",
    sim.FromListConnector([(0, i, DOPAMINE * i, 1.0) for i in range(N)]),
    reward(),
)
sim.run(700)


def weights(projection):
    return np.array([float(w) for *_, w in projection.get("weight", "list")])


both = weights(on_machine)
checks.between("two rewards", both, 0.5, 15.0)
checks.close("all alike", both, [both[0]] * N)
# One unit of s5.11 of rounding a dopamine spike.
quantum = 3 * 2.0**-11
checks.close("by list", weights(listed), both * [1.0, 0.5, 0.5, 0.0], absolute=quantum)
checks.close("by strength", weights(graded), both / 2 * range(N), absolute=3 * quantum)
sim.end()
checks.finish()
