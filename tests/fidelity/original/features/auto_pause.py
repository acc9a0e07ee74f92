# SPDX-License-Identifier: Apache-2.0
"""Records that do not fit into the machine: the run is cut, records are fetched in between.

The chips are given so little memory that the record takes several parts. Spikes, membranes and
delayed inputs over the cuts are those of one run, computed by lif_model in every bit.
"""

import checks
import lif_model
import numpy as np
import pyNN.spiNNaker as sim
from spinn_front_end_common.data import FecDataView
from spinn_utilities.config_holder import set_config

N, RUN_MS, DELAY_MS = 200, 600, 25
BYTES_PER_CHIP = 1_800_000

sim.setup(timestep=1.0)
set_config("Machine", "max_sdram_allowed_per_chip", str(BYTES_PER_CHIP))
set_config("Buffers", "minimum_auto_time_steps", "1")
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 100)
offsets = [0.01 * i for i in range(N)]
pop = sim.Population(N, sim.IF_curr_exp(i_offset=offsets), label="pop")
times = list(range(0, RUN_MS, 10))
source = sim.Population(1, sim.SpikeSourceArray([times]), label="source")
sim.Projection(source, pop, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0, delay=DELAY_MS))
pop.record(["v", "gsyn_exc", "gsyn_inh", "spikes"])
sim.run(RUN_MS)
checks.between("longest part", FecDataView.get_max_run_time_steps(), 1, RUN_MS // 2)

courses = [
    lif_model.course(RUN_MS, [(t + DELAY_MS, 1.0) for t in times], i_offset=offset)
    for offset in offsets
]
segment = pop.get_data().segments[0]
for k, name in enumerate(("v", "gsyn_exc", "gsyn_inh")):
    signal = np.array(segment.filter(name=name)[0].magnitude)
    checks.equal(name, signal / checks.ULP, np.array([c[k] for c in courses]).T)
checks.same_lists("spikes", segment.spiketrains, [c[3] for c in courses])
checks.between("there are spikes", sum(map(len, segment.spiketrains)), 1000, 20000)
sim.end()
checks.finish()
