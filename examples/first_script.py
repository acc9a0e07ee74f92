# SPDX-License-Identifier: Apache-2.0
"""One input spike makes one neuron fire once.

A spike source fires at 0 ms. Its spike travels 1 ms and injects a current that starts at 5 nA and
decays; the neuron's membrane rises from -65 mV and reaches the threshold of -50 mV at 7 ms.
"""

import pyNN.spiNNaker as sim

sim.setup(timestep=1.0)  # ms

source = sim.Population(1, sim.SpikeSourceArray(spike_times=[0]), label="input")
neuron = sim.Population(1, sim.IF_curr_exp(), label="neuron")
sim.Projection(
    source, neuron, sim.OneToOneConnector(), synapse_type=sim.StaticSynapse(weight=5, delay=1)
)
neuron.record(["spikes", "v"])

sim.run(10)  # ms

segment = neuron.get_data().segments[0]
(voltage,) = segment.filter(name="v")
spikes_ms = [float(t) for t in segment.spiketrains[0]]

print("membrane (mV):", " ".join(f"{v:.2f}" for v in voltage.magnitude[:, 0]))
print("spikes (ms):", *spikes_ms)

sim.end()
