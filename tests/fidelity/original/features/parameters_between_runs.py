# SPDX-License-Identifier: Apache-2.0
"""Parameters and states of neurons and sources that change while a network pauses.

Where a comment does not say otherwise the times are those that sPyNNaker's own tests
(test_set_toffset.py, test_set_toffset_izk.py, test_one_pop_lif_example.py, test_initialize.py)
expect.
"""

import checks
import lif_model
import numpy as np
import pyNN.spiNNaker as sim


def spikes(population, segment=0):
    return population.get_data("spikes").segments[segment].spiketrains


def membrane(population, segment=0):
    return np.array(population.get_data("v").segments[segment].filter(name="v")[0].magnitude)


def offsets_of_lif(cores):
    """i_offset 0, 1 and 2 nA for 100 ms each."""
    sim.setup(timestep=1.0)
    sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 6 // cores)
    cell = dict(cm=0.25, tau_m=20.0, tau_refrac=2.0, v_reset=-70.0, v_rest=-65.0, v_thresh=-50.0)
    pop = sim.Population(6, sim.IF_curr_exp(**cell), label="pop")
    pop.record("spikes")
    for offset in (0, 1, 2):
        pop.set(i_offset=offset)
        sim.run(100)
    expected = list(range(104, 201, 8)) + list(range(205, 300, 5))
    checks.same_lists(f"i_offset of LIF on {cores} cores", spikes(pop), [expected] * 6)
    checks.equal("i_offset read back", list(pop.get("i_offset")), [2.0] * 6)
    sim.end()


def offsets_of_izhikevich():
    """i_offset 0, 2 and 4 for 1,000 ms each, played at five times the wall speed."""
    sim.setup(timestep=1.0, time_scale_factor=0.2)
    cell = dict(a=0.02, b=0.2, c=-65, d=8, tau_syn_E=2, tau_syn_I=2, i_offset=0)
    pop = sim.Population(32, sim.Izhikevich(**cell), label="pop")
    pop.initialize(v=-75.0, u=0.0)
    pop.record("spikes")
    for offset in (0, 2, 4):
        pop.set(i_offset=offset)
        sim.run(1000)
    expected = [2011, 2148, 2288, 2427, 2565, 2703, 2844, 2982]
    checks.same_lists("i_offset of Izhikevich neurons", spikes(pop), [expected] * 32)
    sim.end()


def initial_values_as_a_list():
    sim.setup(timestep=1.0)
    start = [0.0, 0.0146789550781, 0.029296875, 0.0438842773438, 0.0584106445312]
    cell = dict(tau_m=333.33, cm=208.33, v_rest=0.1, v_reset=0.0, v_thresh=1.0, tau_syn_E=1)
    pop = sim.Population(
        5, sim.IF_curr_exp, dict(cell, v=start, tau_syn_I=2, tau_refrac=2.5, i_offset=3.0)
    )
    pop.record("spikes")
    sim.run(100)
    checks.same_lists("initial values as a list", spikes(pop), [[76], [75], [74], [73], [72]])
    sim.end()


def states():
    sim.setup(timestep=1.0)
    pop = sim.Population(3, sim.IF_curr_exp())
    pop.record("v")
    checks.equal("v before", list(pop.initial_values["v"]), [-65, -65, -65])
    pop.initialize(v=-64)
    sim.run(5)
    pop.set_state(v=-62)
    checks.equal("state after set_state", list(pop.current_values["v"]), [-62, -62, -62])
    sim.run(5)
    checks.equal("initial values stay", list(pop.initial_values["v"]), [-64, -64, -64])
    pop[1].initialize(v=-60)
    sim.run(1)
    sim.reset()
    checks.equal("one neuron's initial value", list(pop.current_values["v"]), [-64, -60, -64])
    # Not 5 ms: the published host reads states once a time, and forgets that a reset came between.
    sim.run(6)
    pop[0:2].set_state(v=-63)
    sim.run(4)
    first, second = membrane(pop, 0), membrane(pop, 1)
    checks.equal("v at 0 and 5 ms", first[[0, 5]], [[-64] * 3, [-62] * 3])
    checks.equal("v at 0 ms after reset", second[0], [-64, -60, -64])
    checks.equal("v at 6 ms of a view", second[6, :2], [-63, -63])
    # -65 + (v0 + 65) exp(-t / 20) with v0 = -64: the third neuron was left alone.
    decay, *_ = lif_model.course(10, v=-64.0)
    checks.equal("the third neuron decays", second[:, 2] / checks.ULP, decay)
    sim.end()


def single_parameters():
    """Parameters of some neurons, through lists, views and single cells."""
    sim.setup(timestep=1.0)
    pop = sim.Population(4, sim.IF_curr_exp(tau_refrac=2.0), label="pop")
    pop.set(i_offset=[0.0, 1.0, 2.0, 3.0])
    pop[1:3].set(tau_refrac=5.0)
    pop.record(["spikes", "v"])
    sim.run(50)
    pop[3].i_offset = 0.0
    pop[0:1].set(i_offset=3.0)
    sim.run(50)
    trains = [np.array(train) for train in spikes(pop)]
    # V is sampled before a step's update; a neuron at -65 driven by I nA crosses -50 after
    # n = ceil(20 ln(20 I / (20 I - 15))) updates and then rests: the period is n + refractory steps.
    for index, offset, refractory in ((1, 1.0, 5), (2, 2.0, 5)):
        steps = int(np.ceil(20 * np.log(20 * offset / (20 * offset - 15))))
        first, period = steps - 1, steps + refractory
        checks.equal(f"neuron {index}", trains[index], np.arange(first, 100, period))
    steps = int(np.ceil(20 * np.log(60 / 45)))
    checks.equal("neuron 0, driven from 50 ms", trains[0], np.arange(49 + steps, 100, steps + 2))
    checks.equal("neuron 3, driven until 50 ms", trains[3], np.arange(steps - 1, 50, steps + 2))
    checks.equal("read back", list(pop.get("i_offset")), [3.0, 1.0, 2.0, 0.0])
    checks.equal("read back", list(pop.get("tau_refrac")), [2.0, 5.0, 5.0, 2.0])
    checks.equal("read back through a view", list(pop[1:3].get("tau_refrac")), [5.0, 5.0])
    sim.end()


offsets_of_lif(cores=1)
offsets_of_lif(cores=3)
offsets_of_izhikevich()
initial_values_as_a_list()
states()
single_parameters()
checks.finish()
