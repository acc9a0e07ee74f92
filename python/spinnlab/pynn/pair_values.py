# SPDX-License-Identifier: Apache-2.0
"""Weights and delays of given pairs, from whatever PyNN takes for them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.parameters import LazyArray
from pyNN.random import RandomDistribution


def runs(targets: NDArray[np.int64]) -> Iterator[tuple[int, slice]]:
    """Each target of a rising list, and where it stands."""
    bounds = [0, *(np.flatnonzero(np.diff(targets)) + 1).tolist(), len(targets)]
    for first, end in pairwise(bounds):
        if end > first:
            yield int(targets[first]), slice(first, end)


def values_of(lazy: LazyArray, pre: NDArray[Any], post: NDArray[Any]) -> NDArray[np.float64]:
    """The values of pairs, each drawn by itself where they are random."""
    if lazy.is_homogeneous:
        return np.full(len(pre), float(lazy.evaluate(simplify=True)))
    if isinstance(lazy.base_value, RandomDistribution) and _by_numbers(lazy):
        drawn = np.atleast_1d(np.asarray(lazy.base_value.next(len(pre)), dtype=float))
        return np.asarray(lazy._apply_operations(drawn), dtype=float)
    values = np.zeros(len(pre))
    order = np.argsort(post, kind="stable")
    for target, run in runs(post[order]):
        rows = order[run]
        sources, where = np.unique(pre[rows], return_inverse=True)
        column = np.asarray(lazy[sources, target], dtype=float)
        values[rows] = np.broadcast_to(column.ravel(), sources.shape)[where]
    return values


def _by_numbers(lazy: LazyArray) -> bool:
    return all(argument is None or np.ndim(argument) == 0 for _, argument in lazy.operations)
