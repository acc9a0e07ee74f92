# SPDX-License-Identifier: Apache-2.0
"""The synfire network: ten populations of a hundred neurons in a ring, 1,000 ms.

Population k fires at 7 + 23 (10 m + k) ms in lap m. Prints the number of spikes and whether all of
them came at the computed times; a virtual board gives none.
"""

import pyNN.spiNNaker as sim

POPULATIONS, NEURONS, RUN_MS = 10, 100, 1000


def main() -> None:
    sim.setup(timestep=1.0)
    ring = [sim.Population(NEURONS, sim.IF_curr_exp(), label=f"{k}") for k in range(POPULATIONS)]
    stimulus = sim.Population(1, sim.SpikeSourceArray([0]), label="stimulus")
    sim.Projection(
        stimulus, ring[0], sim.AllToAllConnector(), sim.StaticSynapse(weight=5.0, delay=1)
    )
    for k in range(POPULATIONS):
        sim.Projection(
            ring[k],
            ring[(k + 1) % POPULATIONS],
            sim.FixedNumberPreConnector(10),
            sim.StaticSynapse(weight=0.5, delay=17),
        )
    for population in ring:
        population.record("spikes")
    sim.run(RUN_MS)
    right, spikes = True, 0
    for k, population in enumerate(ring):
        volleys = [float(t) for t in range(7 + 23 * k, RUN_MS, 23 * POPULATIONS)]
        for train in population.get_data("spikes").segments[0].spiketrains:
            right &= train.magnitude.tolist() == volleys
            spikes += len(train)
    sim.end()
    print(f"spikes {spikes} {'as computed' if right else 'at other times'}")


if __name__ == "__main__":
    main()
