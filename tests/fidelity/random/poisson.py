# SPDX-License-Identifier: Apache-2.0
"""Poisson sources of every speed, on one core and on two, some of them for a while only."""

from __future__ import annotations

import pyNN.spiNNaker as sim

sim.setup(timestep=1.0, rng="spinnaker")
#: Hz; slow sources are below 10, those that draw a normal number above 10,000. 70,000 Hz are more
#: than an unsigned 16.16 number holds.
RATES = (
    0.0, 0.3, 3.3, 9.97, 9.985, 9.995, 10.1, 33.333, 77.77, 251.3, 999.9, 4321.1, 9999.9, 10001.3,
    15000.7, 30000.1, 70000.0,
)  # fmt: skip


def source(n, label, seed, **parameters):
    made = sim.Population(n, sim.SpikeSourcePoisson(**parameters), label=label, seed=seed)
    made.record("spikes")
    return made


two_cores = source(600, "two cores", 1, rate=33.3333)
source(300, "slow", 8, rate=3.00007)
source(len(RATES) * 4, "all speeds", 2, rate=list(RATES) * 4)
window = source(60, "window", 3, rate=5.0, start=100.0, duration=200.0)
source(60, "windows", 4, rate=50.0, start=[float(i) for i in range(60)], duration=[150.0] * 60)
target = sim.Population(60, sim.IF_curr_exp(), label="target", seed=5)
target.record(["v", "spikes"])
sim.Projection(window, target, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.7, delay=1.0))
sim.Projection(
    two_cores,
    target,
    sim.FixedProbabilityConnector(0.1),
    sim.StaticSynapse(weight=0.1, delay=sim.RandomDistribution("uniform", low=1.0, high=9.0)),
)
sim.run(200)
sim.run(150)
