# SPDX-License-Identifier: Apache-2.0
"""Weights and delays of given pairs, from whatever PyNN takes for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.parameters import LazyArray
from pyNN.random import RandomDistribution


def values_of(lazy: LazyArray, pre: NDArray[Any], post: NDArray[Any]) -> NDArray[np.float64]:
    """The values of pairs, each drawn by itself where they are random."""
    if lazy.is_homogeneous:
        return np.full(len(pre), float(lazy.evaluate(simplify=True)))
    if isinstance(lazy.base_value, RandomDistribution) and _by_numbers(lazy):
        drawn = np.atleast_1d(np.asarray(lazy.base_value.next(len(pre)), dtype=float))
        return np.asarray(lazy._apply_operations(drawn), dtype=float)
    values = np.zeros(len(pre))
    order = np.argsort(post, kind="stable")
    bounds = np.flatnonzero(np.diff(post[order])) + 1
    for rows in np.split(order, bounds):
        if not len(rows):
            continue
        sources, where = np.unique(pre[rows], return_inverse=True)
        column = np.asarray(lazy[sources, int(post[rows[0]])], dtype=float)
        values[rows] = np.broadcast_to(column.ravel(), sources.shape)[where]
    return values


def _by_numbers(lazy: LazyArray) -> bool:
    return all(argument is None or np.ndim(argument) == 0 for _, argument in lazy.operations)
