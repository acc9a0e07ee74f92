# SPDX-License-Identifier: Apache-2.0
"""Every connector: which pairs it makes, and that each synapse delivers its weight.

Deterministic connectors are compared pair by pair with what their definition says, random ones by
their invariants. Then all sources fire once, and the input current of every target in the next step
must be the sum of the weights that were read back, in every bit.
"""

import math
from collections import Counter

import checks
import csa
import lif_model
import numpy as np
import pyNN.spiNNaker as sim
from pyNN.space import Grid2D

# 24 sources on 3 cores, 30 targets on 3 cores, in rows of six.
PRE, POST, WIDTH = 24, 30, 6
ALL = [(i, j) for i in range(PRE) for j in range(POST)]
WEIGHT = 0.5

sim.setup(timestep=1.0)
sim.set_number_of_neurons_per_core(sim.SpikeSourceArray, 10)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 12)
source = sim.Population(PRE, sim.SpikeSourceArray([[0]] * PRE), label="source")
projections = {}


def connect(name, connector, post=POST, weight=WEIGHT, pre=source, space=None, **synapse):
    """A population of its own for each connector."""
    target = sim.Population(post, sim.IF_curr_exp(), label=name, seed=len(projections) + 1)
    target.record("gsyn_exc")
    projection = sim.Projection(
        pre, target, connector, sim.StaticSynapse(weight=weight, delay=1.0, **synapse), space=space
    )
    projections[name] = (target, projection)


array = np.fromfunction(lambda i, j: (3 * i + j) % 5 == 0, (PRE, POST))
pairs = [(i, j, 0.25 * (1 + (i + j) % 3), 1.0) for i in range(PRE) for j in range(i % 4, POST, 7)]
with open("connections.txt", "w") as file:
    file.write('# columns = ["i", "j", "weight", "delay"]\n')
    file.writelines(f"{i}\t{j}\t{w}\t{d}\n" for i, j, w, d in pairs)
kernel = np.arange(1, 10).reshape(3, 3) / 16
shared = sim.FixedNumberPostConnector(3)

connect("one_to_one", sim.OneToOneConnector())
connect("all_to_all", sim.AllToAllConnector())
# A light weight: the published host takes this connector's sums for 0 (its fault), so that the
# inputs of one neuron and step saturate at 65,535 units of the weight, here at 2 nA.
connect("array", sim.ArrayConnector(array), weight=WEIGHT / 2)
connect("from_list", sim.FromListConnector(pairs))
connect("from_list_pairs", sim.FromListConnector([p[:2] for p in pairs]))
connect("from_file", sim.FromFileConnector("connections.txt"))
connect("csa", sim.CSAConnector(csa.cset(csa.random(0.5) * csa.oneToOne)))
connect("csa_full", sim.CSAConnector(csa.full))
connect("index_based", sim.IndexBasedProbabilityConnector("(i + 2 * j) % 3 == 0"))
connect(
    "kernel", sim.KernelConnector((4, WIDTH), (4, WIDTH), (3, 3), weight_kernel=kernel), post=24
)
connect("all_but_me", sim.extra_models.AllButMeConnector(4), post=PRE)
connect("one_to_one_offset", sim.extra_models.OneToOneOffsetConnector(2, True), post=PRE)
connect("fixed_probability", sim.FixedProbabilityConnector(0.3))
connect("fixed_probability_1", sim.FixedProbabilityConnector(1.0))
connect("fixed_number_pre", sim.FixedNumberPreConnector(7))
connect("fixed_number_pre_again", sim.FixedNumberPreConnector(40, with_replacement=True))
connect("fixed_number_post", shared)
connect("fixed_number_post_shared", shared)
connect("fixed_total", sim.FixedTotalNumberConnector(100, with_replacement=False))
connect("fixed_total_again", sim.FixedTotalNumberConnector(900, with_replacement=True))
uniform = sim.RandomDistribution("uniform", low=0.25, high=0.75)
connect("uniform_weights", sim.AllToAllConnector(), weight=uniform)
host_only = sim.RandomDistribution("gamma", k=2.0, theta=0.1)
connect("gamma_weights", sim.AllToAllConnector(), weight=host_only)

# Distances need positions: the same sources on a grid of 6 x 4, one connector with its own targets.
grid = sim.Population(
    PRE, sim.SpikeSourceArray([[0]] * PRE), structure=Grid2D(WIDTH / 4), label="grid"
)
grid.set_max_atoms_per_core((WIDTH, 2))


def on_the_grid(name, connector, weight=WEIGHT, rows=2):
    """Targets on the same grid, `rows` rows of it a core."""
    target = sim.Population(
        PRE, sim.IF_curr_exp(), structure=Grid2D(WIDTH / 4), label=name, seed=len(projections) + 1
    )
    target.set_max_atoms_per_core((WIDTH, rows))
    target.record("gsyn_exc")
    synapse = sim.StaticSynapse(weight=weight, delay=1.0)
    projections[name] = (
        target,
        sim.Projection(grid, target, connector, synapse, space=sim.Space()),
    )


on_the_grid("distance", sim.DistanceDependentProbabilityConnector("d < 1.5"))
on_the_grid("small_world", sim.SmallWorldConnector(1.5, 0.0))
# Two on one core, for the published host mixes up a core's neurons and the population's: distances
# are those of the first core's neurons on every core, and rewired targets of any further core are
# outside of it, which stops it with "Neuron index 13 out of range".
on_the_grid("distance_weights", sim.AllToAllConnector(), weight="0.25 + d / 4", rows=4)
on_the_grid("small_world_rewired", sim.SmallWorldConnector(1.5, 0.5), rows=4)

# Into itself, without self-connections.
loop = sim.Population(PRE, sim.IF_curr_exp(), label="loop", seed=99)
selfless = {
    "all_to_all": sim.AllToAllConnector(allow_self_connections=False),
    "fixed_number_pre": sim.FixedNumberPreConnector(23, allow_self_connections=False),
    "fixed_number_post": sim.FixedNumberPostConnector(23, allow_self_connections=False),
    "fixed_probability": sim.FixedProbabilityConnector(0.5, allow_self_connections=False),
}
loops = {
    name: sim.Projection(loop, loop, connector, sim.StaticSynapse(weight=0.25, delay=2.0))
    for name, connector in selfless.items()
}

sim.run(3)

found = {}
for name, (target, projection) in projections.items():
    rows = projection.get(["weight", "delay"], "list")
    found[name] = [(int(r[0]), int(r[1]), float(r[2])) for r in rows]
    checks.equal(f"{name}: delays", sorted({float(r[3]) for r in rows}), [1.0])
    # The sum of the weights that were read back, as the target's first input current.
    total = [0] * target.size
    for _, j, weight in found[name]:
        total[j] += round(weight * lif_model.ONE)
    neuron = lif_model.CurrentExponential()
    expected = [(weight * neuron.synapses[0][1]) >> 32 for weight in total]
    signal = np.array(target.get_data("gsyn_exc").segments[0].filter(name="gsyn_exc")[0].magnitude)
    checks.equal(f"{name}: input current", signal[1] / checks.ULP, expected)


def pairs_of(name):
    return [(i, j) for i, j, _ in found[name]]


def is_exactly(name, expected, weight=WEIGHT):
    """The pairs, each with the weight or with weight(i, j)."""
    of = weight if callable(weight) else lambda i, j: weight
    full = sorted((i, j, of(i, j)) for i, j in expected)
    checks.equal(f"{name}: connections", sorted(found[name]), full)


is_exactly("one_to_one", [(i, i) for i in range(PRE)])
is_exactly("all_to_all", ALL)
is_exactly("array", [(i, j) for i, j in ALL if array[i, j]], WEIGHT / 2)
listed = {(i, j): w for i, j, w, _ in pairs}
is_exactly("from_list", listed, lambda i, j: listed[i, j])
is_exactly("from_list_pairs", listed)
is_exactly("from_file", listed, lambda i, j: listed[i, j])
is_exactly("csa_full", ALL)
checks.holds("csa: on the diagonal", all(i == j for i, j in pairs_of("csa")))
checks.between("csa: half of it", len(found["csa"]), 3, PRE - 3)
is_exactly("index_based", [(i, j) for i, j in ALL if (i + 2 * j) % 3 == 0])


def kernel_weight(i, j):
    """A target takes the 3 x 3 sources around its own place; the kernel is laid over it mirrored."""
    row, column = (a - b for a, b in zip(divmod(j, WIDTH), divmod(i, WIDTH), strict=True))
    inside = abs(row) <= 1 and abs(column) <= 1
    return kernel[1 - row, 1 - column] if inside else None


square = [(i, j) for i in range(PRE) for j in range(PRE)]
is_exactly("kernel", [(i, j) for i, j in square if kernel_weight(i, j)], kernel_weight)
is_exactly("all_but_me", [(i, j) for i, j in square if i // 4 == j // 4 and i != j])
is_exactly("one_to_one_offset", [(i, (i + 2) % PRE) for i in range(PRE)])

# 216 of 720 expected, standard deviation 12.3.
checks.between("fixed_probability: count", len(found["fixed_probability"]), 216 - 62, 216 + 62)
is_exactly("fixed_probability_1", ALL)
for name, side, others, each in (
    ("fixed_number_pre", 1, POST, 7),
    ("fixed_number_pre_again", 1, POST, 40),
    ("fixed_number_post", 0, PRE, 3),
    ("fixed_number_post_shared", 0, PRE, 3),
):
    counts = Counter(pair[side] for pair in pairs_of(name))
    checks.equal(f"{name}: per neuron", [counts[k] for k in range(others)], [each] * others)
    if each < 40:
        checks.equal(f"{name}: no pair twice", len(set(pairs_of(name))), each * others)
one, other = sorted(pairs_of("fixed_number_post")), sorted(pairs_of("fixed_number_post_shared"))
checks.holds("a shared connector draws anew", one != other)
checks.equal("fixed_total: count", len(set(pairs_of("fixed_total"))), 100)
checks.equal("fixed_total_again: count", len(found["fixed_total_again"]), 900)
checks.between("fixed_total_again: repeats", len(set(pairs_of("fixed_total_again"))), 400, 600)
weights = np.array([w for *_, w in found["uniform_weights"]])
checks.between("uniform_weights: range", weights, 0.25 - 1e-3, 0.75 + 1e-3)
# Mean 0.5, standard deviation 0.144 / sqrt(720) = 0.0054.
checks.between("uniform_weights: mean", weights.mean(), 0.473, 0.527)
weights = np.array([w for *_, w in found["gamma_weights"]])
# Mean k theta = 0.2, standard deviation sqrt(k) theta = 0.141.
checks.between("gamma_weights: mean", weights.mean(), 0.173, 0.227)
checks.between("gamma_weights: deviation", weights.std(), 0.115, 0.17)


positions = grid.positions


def distance(i, j):
    return math.dist(positions[i], positions[j])


near = [(i, j) for i, j in square if distance(i, j) < 1.5]
checks.between("neighbours on the grid", len(near), 130, 200)
is_exactly("distance", near)
is_exactly("small_world", near)
checks.equal("small_world_rewired: count", len(found["small_world_rewired"]), len(near))
moved = set(pairs_of("small_world_rewired")) - set(near)
checks.between("small_world_rewired: rewired", len(moved), 0.1 * len(near), 0.7 * len(near))
ordered = sorted(found["distance_weights"])
checks.equal("distance_weights: pairs", [(i, j) for i, j, _ in ordered], square)
expected = [0.25 + distance(i, j) / 4 for i, j in square]
checks.close("distance_weights: weights", [w for *_, w in ordered], expected, absolute=1e-3)

for name, projection in loops.items():
    made = [(int(r[0]), int(r[1])) for r in projection.get("weight", "list")]
    checks.holds(f"{name}: no self-connection", all(i != j for i, j in made))
    if name == "fixed_probability":
        # 276 of 552 expected, standard deviation 11.7.
        checks.between(f"{name} into itself: count", len(made), 276 - 59, 276 + 59)
    else:
        checks.equal(
            f"{name} into itself", sorted(set(made)), [(i, j) for i, j in square if i != j]
        )
sim.end()
checks.finish()
