# SPDX-License-Identifier: Apache-2.0
"""A volley of spikes travels along a chain of five populations, and around again.

Every neuron of a population excites every neuron of the next one after 10 ms. Ten inputs of 0.5 nA
together do what one of 5 nA does: the membrane reaches the threshold 6 ms after they arrive, so one
hop takes 16 ms and the chain, closed to a ring, is passed every 80 ms.

    chain.py [PICTURE.png]
"""

import sys

import matplotlib

matplotlib.use("Agg")  # draws into files, needs no display
import matplotlib.pyplot as plt
import pyNN.spiNNaker as sim

N_POPULATIONS = 5
N_NEURONS = 10
RUN_TIME_MS = 200

sim.setup(timestep=1.0)

chain = [
    sim.Population(N_NEURONS, sim.IF_curr_exp(), label=f"chain_{k}") for k in range(N_POPULATIONS)
]
kick = sim.Population(1, sim.SpikeSourceArray(spike_times=[0]), label="kick")

sim.Projection(kick, chain[0], sim.AllToAllConnector(), sim.StaticSynapse(weight=5.0, delay=1))
for k in range(N_POPULATIONS):
    sim.Projection(
        chain[k],
        chain[(k + 1) % N_POPULATIONS],
        sim.AllToAllConnector(),
        sim.StaticSynapse(weight=0.5, delay=10),
    )

for population in chain:
    population.record("spikes")

sim.run(RUN_TIME_MS)

figure, axes = plt.subplots(figsize=(7, 3))
for k, population in enumerate(chain):
    trains = population.get_data("spikes").segments[0].spiketrains
    times_ms = sorted({float(t) for train in trains for t in train})
    print(f"{population.label}: {sum(map(len, trains))} spikes, volleys at", *times_ms)
    for i, train in enumerate(trains):
        axes.plot(train.magnitude, [k * N_NEURONS + i] * len(train), "k.", markersize=3)
axes.set_xlabel("time (ms)")
axes.set_ylabel("neuron")
axes.set_xlim(0, RUN_TIME_MS)
figure.tight_layout()
if len(sys.argv) > 1:
    figure.savefig(sys.argv[1], dpi=120)

sim.end()
