# SPDX-License-Identifier: Apache-2.0
"""The course's first cell and its tasks 1.1, 1.2 and 2.1, one network each.

The figures were computed beforehand with the machine's arithmetic; see the comments.
"""

import checks
import numpy as np
import pyNN.spiNNaker as sim


def first_cell():
    """One spike of 5 nA at 0 ms arrives at 1 ms and makes the neuron fire at 7 ms."""
    sim.setup(timestep=1.0)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[0]), label="input")
    neuron = sim.Population(1, sim.IF_curr_exp(), label="neuron")
    sim.Projection(source, neuron, sim.OneToOneConnector(), sim.StaticSynapse(weight=5, delay=1))
    neuron.record(["spikes", "v"])
    sim.run(10)
    segment = neuron.get_data().segments[0]
    v = segment.filter(name="v")[0].magnitude[:, 0]
    checks.same_lists("first cell fires", segment.spiketrains, [[7]])
    before = [-65, -65, -60.580, -57.177, -54.596, -52.677, -51.292, -50.335]
    checks.close("first cell's membrane", v[:8], before, absolute=0.001)
    sim.end()


def two_neurons(**cell):
    """Two sources at 0 and 1 ms drive two neurons with 5 nA after 2 ms: spike trains and V."""
    sim.setup(timestep=1.0)
    sources = sim.Population(2, sim.SpikeSourceArray([[0.0], [1.0]]))
    neurons = sim.Population(2, sim.IF_curr_exp(**cell))
    sim.Projection(
        sources, neurons, sim.OneToOneConnector(), sim.StaticSynapse(weight=5.0, delay=2.0)
    )
    neurons.record(["spikes", "v"])
    sim.run(10)
    segment = neurons.get_data().segments[0]
    trains = [list(map(float, train)) for train in segment.spiketrains]
    v = np.array(segment.filter(name="v")[0].magnitude)
    sim.end()
    return trains, v


def ring():
    """100 neurons in a ring with 5 ms of delay: neuron k of lap m at 8 + 11 (100 m + k) ms.

    The course's text asks for the first input at 0 ms; its solution, followed here, sends it at 1.
    """
    sim.setup(timestep=1.0)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    neurons = sim.Population(100, sim.IF_curr_exp())
    sim.Projection(source, neurons, sim.FromListConnector([(0, 0, 5.0, 1.0)]), sim.StaticSynapse())
    links = [(i, (i + 1) % 100, 5.0, 5.0) for i in range(100)]
    sim.Projection(neurons, neurons, sim.FromListConnector(links), sim.StaticSynapse())
    neurons.record("spikes")
    sim.run(2000)
    trains = neurons.get_data("spikes").segments[0].spiketrains
    expected = [list(range(8 + 11 * k, 2000, 1100)) for k in range(100)]
    checks.same_lists("ring", trains, expected)
    checks.equal("spikes of the ring", sum(map(len, trains)), 182)
    sim.end()


first_cell()
trains, _ = two_neurons()
checks.same_lists("task 1.1", trains, [[8], [9]])
trains, v = two_neurons(tau_syn_E=1.0)
checks.same_lists("task 1.2", trains, [[], []])
checks.close("task 1.2, highest membrane", v.max(), -60.715, absolute=0.002)
ring()
checks.finish()
