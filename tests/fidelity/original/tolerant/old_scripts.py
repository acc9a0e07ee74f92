# SPDX-License-Identifier: Apache-2.0
"""What scripts of earlier releases contain: import names, initial values, options.

The test puts configuration files with a real machine, retired options and one that counts into the
home and into this folder, and reads the notes.
"""

import importlib
from math import exp

import checks
import numpy as np
import pyNN.spiNNaker
import spynnaker8 as sim
from spinn_utilities.config_holder import get_config_int, get_config_str, get_config_str_or_none
from spynnaker8.spynnaker_plotting import SpynnakerPanel
from spynnaker8.utilities import neo_convertor

SAME = {
    "spynnaker8": "spynnaker.pyNN",
    "spynnaker8.utilities": "spynnaker.pyNN.utilities",
    "spynnaker8.utilities.neo_compare": "spynnaker.pyNN.utilities.neo_compare",
    "spynnaker8.external_devices": "spynnaker.pyNN.external_devices",
    "spynnaker8.extra_models": "spynnaker.pyNN.extra_models",
    "spynnaker8.spynnaker_plotting": "spynnaker.spynnaker_plotting",
    "spynnaker7": "spynnaker",
    "spynnaker7.pyNN": "spynnaker.pyNN",
    "spynnaker7.pyNN.external_devices": "spynnaker.pyNN.external_devices",
    "spynnaker7.pyNN.extra_models": "spynnaker.pyNN.extra_models",
    "spynnaker7.pyNN.utilities": "spynnaker.pyNN.utilities",
}
for old, new in SAME.items():
    same = importlib.import_module(old) is importlib.import_module(new)
    checks.holds(f"{old} is {new}", same)
checks.holds("the same classes", sim.IF_curr_exp is pyNN.spiNNaker.IF_curr_exp)
checks.holds("its plots", SpynnakerPanel.__name__ == "SpynnakerPanel")
checks.raises("no such module", "ModuleNotFoundError", lambda: importlib.import_module(
    "spynnaker8.nothing"), "spynnaker8.nothing")  # fmt: skip

RUN_MS = 20
sim.setup(timestep=1.0)
checks.equal("of the home's file", get_config_int("Simulation", "spikes_per_second"), 77)
checks.equal("of this folder's file", get_config_int("Simulation", "ring_buffer_sigma"), 4)
checks.equal("our machine", get_config_str("Machine", "spalloc_server"), "localhost")
checks.equal("not theirs", get_config_str_or_none("Machine", "machine_name"), None)

TAU = 20.0
cell = {"tau_m": TAU, "v_rest": -65.0}
source = sim.Population(2, sim.SpikeSourceArray, {"spike_times": [[5], [6]]}, label="source")
resting = {
    "a parameter": sim.Population(2, sim.IF_curr_exp, {**cell, "v_init": -60.0}),
    "a parameter of the class": sim.Population(2, sim.IF_curr_exp(**cell, v_init=-60.0)),
    "set(v=)": sim.Population(2, sim.IF_curr_exp(**cell)),
    "set of a dictionary": sim.Population(2, sim.IF_curr_exp(**cell)),
    "set_initial_value": sim.Population(2, sim.IF_curr_exp(**cell)),
    "tset": sim.Population(2, sim.IF_curr_exp(**cell)),
    "a view": sim.Population(2, sim.IF_curr_exp(**cell)),
}
resting["set(v=)"].set(v=-60.0)
resting["set of a dictionary"].set({"v": -60.0})
resting["set_initial_value"].set_initial_value("v", -60.0)
resting["tset"].tset("v_init", [-60.0, -60.0])
resting["a view"][0:1].set(v=-60.0)
resting["a view"][1:2].set_initial_value("v", -60.0)
for population in resting.values():
    population.record("v")
# IF_cond_exp fires at once when its threshold is under its initial membrane.
fires = sim.Population(2, sim.IF_cond_exp, {"v_init": -49.0, "tau_refrac": 100.0})
fires.record("spikes")
sim.run(RUN_MS)

# Towards rest: v(n) = v_rest + (v(0) - v_rest) exp(-n dt / tau).
expected = [-65.0 + 5.0 * exp(-n / TAU) for n in range(RUN_MS)]
for name, population in resting.items():
    v = np.array(population.get_data("v").segments[0].filter(name="v")[0].magnitude)
    checks.equal(f"{name}: first", v[0], [-60.0, -60.0])
    # Each step cuts off less than one unit of the last place.
    for i in range(2):
        checks.close(f"{name}: neuron {i}", v[:, i], expected, absolute=RUN_MS * checks.ULP)
block = fires.get_data("spikes")
checks.same_lists("fires at once", block.segments[0].spiketrains, [[0.0], [0.0]])
spikes = neo_convertor.convert_spikes(block)
checks.equal("as PyNN 0.7 had them", spikes, [[0, 0], [1, 0]])

# Between runs set() changes the present value.
resting["set(v=)"].set(v=-55.0)
sim.run(5)
v = np.array(resting["set(v=)"].get_data("v").segments[0].filter(name="v")[0].magnitude)
checks.equal("set between runs", v[RUN_MS], [-55.0, -55.0])
sim.end()
checks.finish()
