# SPDX-License-Identifier: Apache-2.0
"""Convolution and pooled dense connections, which the cores work out from the keys that arrive.

One spike a pixel at a time goes through a kernel of nine different weights; the current that each
target neuron gets in that step is the weight that the definition gives, times the share of an
exponential current that arrives in its first step, tau (1 - exp(-1 / tau)).
"""

from math import exp

import checks
import numpy as np
import pyNN.spiNNaker as sim

WIDTH, HEIGHT, TAU = 6, 5, 5.0
SHARE = TAU * (1 - exp(-1 / TAU))
GAP, DELAY = 40, 1
#: Weights of both signs, multiples of 1/8: the positive ones excite.
KERNEL = np.array([[1, -2, 3], [-4, 5, -6], [7, -8, 9]]) / 8


def current(population):
    """Excitatory less inhibitory current, (time, neuron)."""
    segment = population.get_data(["gsyn_exc", "gsyn_inh"]).segments[0]
    both = [np.array(segment.filter(name=n)[0].magnitude) for n in ("gsyn_exc", "gsyn_inh")]
    return both[0] - both[1]


def grid(width, height):
    return sim.Grid2D(width / height)


sim.setup(timestep=1.0)
# Pixel (x, y) is neuron y * WIDTH + x; each fires once, GAP ms after the one before.
fires = {(x, y): 2 + GAP * i for i, (x, y) in enumerate([(0, 0), (2, 2), (4, 1), (5, 4), (3, 3)])}
times = [[] for _ in range(WIDTH * HEIGHT)]
for (x, y), at in fires.items():
    times[y * WIDTH + x] = [at]
source = sim.Population(
    WIDTH * HEIGHT,
    sim.SpikeSourceArray(times),
    structure=grid(WIDTH, HEIGHT),
    label="source",
    neurons_per_core=(WIDTH, HEIGHT),
)
CELL = {"v_thresh": 1000.0, "tau_syn_E": TAU, "tau_syn_I": TAU}


def target(shape, label, flat=False):
    # get_post_shape gives (height, width), as the kernel's array has them.
    rows, columns = shape
    population = sim.Population(
        int(rows * columns),
        sim.IF_curr_exp(**CELL),
        structure=None if flat else grid(columns, rows),
        neurons_per_core=int(rows * columns) if flat else (int(columns), int(rows)),
        label=label,
    )
    population.record(["gsyn_exc", "gsyn_inh"])
    return population


plain = sim.ConvolutionConnector(KERNEL)
plain_shape = plain.get_post_shape((HEIGHT, WIDTH))
convolved = target(plain_shape, "convolved")
sim.Projection(source, convolved, plain, sim.Convolution(delay=DELAY))
padded = sim.ConvolutionConnector(KERNEL, padding=1)
padded_shape = padded.get_post_shape((HEIGHT, WIDTH))
same = target(padded_shape, "padded")
sim.Projection(source, same, padded, sim.Convolution(delay=DELAY))
# Dense: every pixel has weights of its own to four neurons; the table goes column by column.
OUT = 4
table = ((np.arange(WIDTH * HEIGHT * OUT).reshape(WIDTH * HEIGHT, OUT) % 15) - 7) / 8
dense = target((1, OUT), "dense", flat=True)
sim.Projection(source, dense, sim.PoolDenseConnector(table), sim.PoolDense(delay=DELAY))
sim.run(2 + GAP * len(fires))

checks.equal("shapes", [*plain_shape, *padded_shape], [HEIGHT - 2, WIDTH - 2, HEIGHT, WIDTH])


def expected(x, y, shape, padding):
    """What pixel (x, y) gives each target, by the convolution's definition.

    That is sum over (i, j) of kernel[i, j] * image[row + 2 - i, column + 2 - j], the image padded.
    """
    out = np.zeros(shape)
    for row in range(shape[0]):
        for column in range(shape[1]):
            i, j = row - y + 2 - padding, column - x + 2 - padding
            if 0 <= i < 3 and 0 <= j < 3:
                out[row, column] = KERNEL[i, j]
    return out.ravel()


# Weights are scaled to 16 bits; what is left of a spike after GAP ms is 9/8 exp(-GAP / tau).
TOLERANCE = 2.0**-9 + 9 / 8 * exp(-GAP / TAU)
found = {p: current(p) for p in (convolved, same, dense)}
for (x, y), at in fires.items():
    step = at + DELAY + 1
    for population, shape, padding in ((convolved, plain_shape, 0), (same, padded_shape, 1)):
        checks.close(
            f"{population.label}: pixel {x}, {y}",
            found[population][step],
            expected(x, y, shape, padding) * exp(-1 / TAU) * SHARE,
            absolute=TOLERANCE,
        )
    checks.close(
        f"dense: pixel {x}, {y}",
        found[dense][step],
        table[x * HEIGHT + y] * exp(-1 / TAU) * SHARE,
        absolute=TOLERANCE,
    )
sim.end()
checks.finish()
