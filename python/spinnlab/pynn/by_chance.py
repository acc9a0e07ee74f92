# SPDX-License-Identifier: Apache-2.0
"""Connections with a chance of their own for every pair, drawn block by block of targets.

PyNN goes target by target: as many numbers as there are sources, then the values of those that
connect. Blocks of targets take the same numbers from the same generator and leave the same
connections, without its overhead a target and without a value for every pair at once.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from copy import copy, deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.parameters import LazyArray
from pyNN.random import NumpyRNG, RandomDistribution

from spinnlab.pynn.populations import Population, PopulationView

#: Of a block: the first target, and the chances of all sources (rows) with its targets (columns).
Block = tuple[int, NDArray[np.float64]]

#: Pairs of a block: its few arrays of numbers stay in the second-level cache.
PAIRS_OF_A_BLOCK = 1 << 16


def width_of_blocks(size: int) -> int:
    """Neurons of one end in a block with all `size` neurons of the other."""
    return max(1, PAIRS_OF_A_BLOCK // max(size, 1))


def can_connect(connector: Any, projection: Any) -> bool:
    """Whether `connect` gives what PyNN gives; it does not know all that PyNN allows."""
    ends_are_known = all(
        isinstance(end, Population | PopulationView) for end in (projection.pre, projection.post)
    )
    return (
        ends_are_known
        and type(connector.rng) is NumpyRNG
        and connector.allow_self_connections in (True, False)
    )


def of_distances(function: Callable[[Any], Any], projection: Any) -> Iterator[Block]:
    """Chances that are a function of the distance, which takes PyNN's lazy arrays."""
    n_pre, n_post = projection.shape
    sources = projection.pre.position_generator(np.arange(n_pre))
    targets = projection.post.position_generator(np.arange(n_post))

    def chances(first: int) -> Block:
        block = targets[first : first + width]
        distances = projection.space.distances(sources, block).reshape(n_pre, len(block))
        return first, _whole(function(LazyArray(distances, distances.shape)), distances.shape)

    width = width_of_blocks(n_pre)
    return ahead(chances, range(0, n_post, width))


def ahead(make: Callable[[int], Block], firsts: range) -> Iterator[Block]:
    """The blocks in their order, the next ones made by other threads while one is used."""
    threads = min(len(os.sched_getaffinity(0)), len(firsts))
    if threads < 2:
        yield from map(make, firsts)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Block]] = deque()
        try:
            for first in firsts:
                waiting.append(pool.submit(make, first))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # also where the script is interrupted
            for block in waiting:
                block.cancel()


def of_indexes(expression: Any, projection: Any) -> Iterator[Block]:
    """Chances that are a function of both indexes, asked for one target at a time as PyNN does."""
    expression = copy(expression)
    expression.projection = projection
    n_pre, n_post = projection.shape
    lazy = LazyArray(expression, projection.shape)
    width = width_of_blocks(n_pre)
    for first in range(0, n_post, width):
        columns = range(first, min(first + width, n_post))
        block = [_whole(lazy[:, column], (n_pre,)) for column in columns]
        yield first, np.stack(block, axis=1)


def _whole(chances: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    values = chances.evaluate() if isinstance(chances, LazyArray) else chances
    return np.broadcast_to(np.asarray(values, dtype=float), shape)


def largest(blocks: Iterator[Block]) -> float:
    """The largest chance, from 0 to 1."""
    return max((_limited(chances.max()) for _, chances in blocks), default=0.0)


def _limited(chance: float) -> float:
    return float(np.clip(chance, 0.0, 1.0))


def connect(connector: Any, projection: Any, blocks: Iterator[Block]) -> None:
    """Draws the pairs, hands each target with its sources and values to the projection, and leaves
    the largest chance in its `largest_chance`.
    """
    # PyNN's lazy arrays draw from a copy, too: the script's generator does not go on.
    uniform = RandomDistribution("uniform", (0, 1), rng=deepcopy(connector.rng))
    parameters = connector._parameters_from_synapse_type(projection)
    own, others = projection.pre.all_cells, projection.post.all_cells
    may_be_self = not connector.allow_self_connections and bool(np.isin(own, others).any())
    most = 0.0
    for first, chances in blocks:
        n_pre, width = chances.shape
        most = max(most, _limited(chances.max()))
        numbers = np.reshape(uniform.next(n_pre * width), (width, n_pre))
        connected = numbers < chances.T
        if may_be_self:
            connected &= others[first : first + width, None] != own
        for target in range(first, first + width):
            sources = connected[target - first].nonzero()[0]
            if len(sources):
                _hand_over(connector, projection, parameters, sources, target)
    projection.largest_chance = most


def _hand_over(
    connector: Any, projection: Any, parameters: Any, sources: NDArray[np.int64], target: int
) -> None:
    values = {
        name: lazy.evaluate(simplify=True) if lazy.is_homogeneous else lazy[sources, target]
        for name, lazy in parameters.items()
    }
    if connector.safe:
        synapse = projection.synapse_type
        for name, check in getattr(synapse, "parameter_checks", {}).items():
            native = synapse.translations[name]["translated_name"]
            if native in values:
                check(values[native], projection)
    projection._convergent_connect(
        sources, target, location_selector=connector.location_selector, **values
    )
    if connector.callback:
        connector.callback(target / projection.post.local_size)
