# SPDX-License-Identifier: Apache-2.0
"""Recording and reading through views: exactly the neurons that were asked for.

Ten neurons get 5 nA one after the other and fire at 7 + i ms; the shapes are those of sPyNNaker's
own test_views_data.py.
"""

import checks
import numpy as np
import pyNN.spiNNaker as sim

RUN_MS = 30


def analog(block):
    return block.segments[0].filter(name="v")[0]


sim.setup(timestep=1.0)
everything = sim.Population(10, sim.IF_curr_exp(), label="everything")
part = sim.Population(10, sim.IF_curr_exp(), label="part")
source = sim.Population(10, sim.SpikeSourceArray([[i] for i in range(10)]), label="source")
for pop in (everything, part):
    sim.Projection(source, pop, sim.OneToOneConnector(), sim.StaticSynapse(weight=5, delay=1))
everything.record(["spikes", "v"])
part[2:5].record("spikes")
part[4, 8].record("spikes")
part[1:7].record("v")
sim.run(RUN_MS)

fired = [[7 + i] for i in range(10)]
whole = everything.get_data(["spikes", "v"])
checks.same_lists("all spikes", whole.segments[0].spiketrains, fired)
v = np.array(analog(whole).magnitude)
checks.equal("shape of all V", v.shape, (RUN_MS, 10))

some = part.get_data(["spikes", "v"])
asked = [fired[i] if i in (2, 3, 4, 8) else [] for i in range(10)]
checks.same_lists("spikes of the recorded ones", some.segments[0].spiketrains, asked)
signal = analog(some)
checks.equal("shape of recorded V", signal.shape, (RUN_MS, 6))
checks.equal("recorded V", np.array(signal.magnitude), v[:, 1:7])
checks.equal("which neurons", list(signal.annotations["channel_names"]), range(1, 7))

view = part[0:5].get_data(["spikes", "v"])
checks.same_lists("spikes through another view", view.segments[0].spiketrains, asked[:5])
checks.equal("shape through another view", analog(view).shape, (RUN_MS, 4))
checks.equal("V through another view", np.array(analog(view).magnitude), v[:, 1:5])
checks.equal("tables", part.spinnaker_get_data("spikes"), [[i, 7 + i] for i in (2, 3, 4, 8)])
checks.equal("matrix", part[1:7].spinnaker_get_data("v", as_matrix=True), v[:, 1:7])
table = everything.spinnaker_get_data("v")
checks.equal("long table", table[:, 2], v.T.reshape(-1))

counts = part.get_spike_counts()
checks.equal("spike counts", [counts[i] for i in (2, 3, 4, 8)], [1, 1, 1, 1])
checks.close("mean count", everything.mean_spike_count(), 1.0)
checks.equal("a view of a view", [int(i) for i in everything[2:8][1, 3].mask], [1, 3])
checks.equal("its cells", everything[2:8][1, 3].index_in_grandparent([0, 1]), [3, 5])
sim.end()

# Projections from and to a contiguous view reach its neurons alone.
sim.setup(timestep=1.0)
pop = sim.Population(10, sim.IF_curr_exp(), label="target")
source = sim.Population(10, sim.SpikeSourceArray([[i] for i in range(10)]), label="source")
projection = sim.Projection(
    source[2:5], pop[6:9], sim.OneToOneConnector(), sim.StaticSynapse(weight=5, delay=1)
)
pop.record("spikes")
sim.run(RUN_MS)
trains = pop.get_data("spikes").segments[0].spiketrains
checks.same_lists("view to view", trains, [[]] * 6 + [[9], [10], [11]] + [[]])
checks.equal(
    "its list", [list(r)[:2] for r in projection.get("weight", "list")], [[2, 6], [3, 7], [4, 8]]
)
sim.end()
checks.finish()
