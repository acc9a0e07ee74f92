# SPDX-License-Identifier: Apache-2.0
"""The synfire chain of the Jupyter service: every volley comes at the computed millisecond.

Population k fires in lap m at 7 + 23 (10 m + k) ms: 1 ms from the stimulus and 6 ms of integration
for the first, then 17 ms of delay and 6 ms a population. All inputs of a population are alike, so
which ten neurons each one listens to does not matter.
"""

import checks
import pyNN.spiNNaker as sim

POPULATIONS, NEURONS, RUN_MS = 10, 100, 1000

sim.setup(timestep=1.0)
chain = [sim.Population(NEURONS, sim.IF_curr_exp(), label=f"chain_{k}") for k in range(POPULATIONS)]
stimulus = sim.Population(1, sim.SpikeSourceArray([[0]]), label="stimulus")
sim.Projection(
    stimulus, chain[0], sim.AllToAllConnector(), sim.StaticSynapse(weight=5.0, delay=1.0)
)
for k in range(POPULATIONS):
    sim.Projection(
        chain[k],
        chain[(k + 1) % POPULATIONS],
        sim.FixedNumberPreConnector(10),
        sim.StaticSynapse(weight=0.5, delay=17.0),
    )
for population in chain:
    population.record("spikes")
sim.run(RUN_MS)

count = 0
for k, population in enumerate(chain):
    trains = population.get_data("spikes").segments[0].spiketrains
    volleys = list(range(7 + 23 * k, RUN_MS, 230))
    checks.same_lists(f"volleys of population {k}", trains, [volleys] * NEURONS)
    count += sum(len(train) for train in trains)
checks.equal("spikes in all", count, 4400)
sim.end()
checks.finish()
