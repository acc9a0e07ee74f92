# SPDX-License-Identifier: Apache-2.0
"""Connectors that sPyNNaker draws on its cores, at a pace at which those keep up."""

from __future__ import annotations

import pyNN.spiNNaker as sim
from pyNN.random import RandomDistribution

sim.setup(timestep=1.0, rng="spinnaker", time_scale_factor=20)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 40)
UNIFORM = RandomDistribution("uniform", low=0.1, high=0.9)
CLIPPED = RandomDistribution("normal_clipped", mu=0.5, sigma=0.2, low=0.1, high=1.0)
BOUNDED = RandomDistribution("normal_clipped_to_boundary", mu=0.5, sigma=0.2, low=0.2, high=0.7)
DELAY = RandomDistribution("uniform", low=1.0, high=40.0)
LONG = RandomDistribution("normal_clipped", mu=9.0, sigma=5.0, low=1.0, high=60.0)

pre = sim.Population(60, sim.IF_curr_exp(i_offset=2.0, tau_refrac=3.0), label="pre", seed=3)
other = sim.Population(
    30,
    sim.SpikeSourceArray(spike_times=[[i % 17, 20 + i % 11] for i in range(30)]),
    label="other",
)


def connect(source, target, connector, weight, delay, label, **more):
    synapse = sim.StaticSynapse(weight=weight, delay=delay)
    sim.Projection(source, target, connector, synapse, label=label, **more)


ALONE = {
    "probability": (sim.FixedProbabilityConnector(0.3), UNIFORM, DELAY),
    "few": (sim.FixedProbabilityConnector(0.03), CLIPPED, LONG),
    "all": (sim.AllToAllConnector(), BOUNDED, DELAY),
    "normal": (sim.AllToAllConnector(), RandomDistribution("normal", mu=0.5, sigma=0.1), DELAY),
    "one to one": (sim.OneToOneConnector(), UNIFORM, LONG),
    "sources": (sim.FixedNumberPreConnector(9), CLIPPED, DELAY),
    "sources again": (sim.FixedNumberPreConnector(9, with_replacement=True), CLIPPED, DELAY),
    "targets": (
        sim.FixedNumberPostConnector(11), RandomDistribution("exponential", beta=0.2), DELAY
    ),
    "targets again": (sim.FixedNumberPostConnector(11, with_replacement=True), UNIFORM, 2.0),
    "total": (sim.FixedTotalNumberConnector(500), UNIFORM, DELAY),
    "total once": (sim.FixedTotalNumberConnector(500, with_replacement=False), UNIFORM, 3.0),
}  # fmt: skip
for number, (name, (connector, weight, delay)) in enumerate(ALONE.items()):
    target = sim.Population(100, sim.IF_curr_exp(), label=name, seed=50 + number)
    target.record(["v", "gsyn_exc", "spikes"])
    connect(pre, target, connector, weight, delay, name)

# Many inputs of one population: their draws follow one another, source by source.
many = sim.Population(90, sim.IF_curr_exp(), label="many", seed=9)
many.record(["v", "gsyn_exc"])
NO_SELF = {"allow_self_connections": False}
connect(pre, many, sim.FixedProbabilityConnector(0.2), UNIFORM, 1.0, "a")
connect(other, many, sim.AllToAllConnector(), CLIPPED, DELAY, "b")
connect(
    many, many, sim.FixedProbabilityConnector(0.2, **NO_SELF), UNIFORM, LONG, "c",
    receptor_type="inhibitory",
)  # fmt: skip
connect(pre, many, sim.FixedNumberPostConnector(7), UNIFORM, DELAY, "d")
connect(other, many, sim.FromListConnector([(0, 1, 0.5, 2.0), (3, 4, 0.25, 7.0)]), 0, 1, "list")
connect(many, many, sim.FixedNumberPreConnector(5, **NO_SELF), UNIFORM, DELAY, "e")
connect(
    many, many, sim.FixedNumberPreConnector(5, with_replacement=True, **NO_SELF), UNIFORM, DELAY,
    "f",
)  # fmt: skip
connect(many, many, sim.FixedNumberPostConnector(5, **NO_SELF), UNIFORM, DELAY, "g")
connect(many, many, sim.FixedTotalNumberConnector(300, **NO_SELF), UNIFORM, DELAY, "h")
connect(many[10:50], many[20:70], sim.FixedProbabilityConnector(0.3), UNIFORM, DELAY, "view a")
connect(pre[10:50], many[20:70], sim.FixedNumberPreConnector(4), UNIFORM, DELAY, "view b")
connect(pre[10:50], many[20:70], sim.FixedNumberPostConnector(4), UNIFORM, DELAY, "view c")
connect(pre[10:50], many[20:70], sim.FixedTotalNumberConnector(100), UNIFORM, DELAY, "view d")
connect(pre[10:50], many[20:70], sim.OneToOneConnector(), UNIFORM, DELAY, "view e")
connect(pre, many, sim.AllToAllConnector(), UNIFORM, 1.0, "last")
sim.run(60)
