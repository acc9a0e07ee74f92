# SPDX-License-Identifier: Apache-2.0
"""Connectors of which the host makes the connections, in PyNN's order: chances that differ from
pair to pair, neighbours, arrays, connection sets.

Chances and neighbours are looked at block by block; an array, and the mask of a connection set, has
a truth value for every pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import connectors
from pyNN.parameters import LazyArray

from spinnlab.pynn import by_chance
from spinnlab.pynn.connectors import SPyNNakerArguments
from spinnlab.pynn.errors import ConfigurationException
from spinnlab.pynn.expressions import IndexExpression
from spinnlab.pynn.pair_values import runs, values_of


class ArrayConnector(SPyNNakerArguments, connectors.ArrayConnector):
    """PyNN's, for numbers too: what is not 0 is a connection."""

    def __init__(self, array: Any, *args: Any, **kwargs: Any) -> None:
        given = np.asarray(array)
        if given.dtype.kind == "f" and np.isnan(given).any():
            raise ConfigurationException(
                f"The array of the ArrayConnector has {int(np.isnan(given).sum())} NaN: give 0 "
                "where there is no connection."
            )
        super().__init__(given != 0, *args, **kwargs)


class _ByChance(SPyNNakerArguments):
    """A connector with a chance for every pair, which `chances` gives block by block."""

    def chances(self, projection: Any) -> Iterator[by_chance.Block]:
        raise NotImplementedError

    def connect(self, projection: Any) -> None:
        """Hands over one target at a time, with PyNN's numbers in PyNN's order."""
        if by_chance.can_connect(self, projection):
            by_chance.connect(self, projection, self.chances(projection))
        else:
            super().connect(projection)


class DistanceDependentProbabilityConnector(
    _ByChance, connectors.DistanceDependentProbabilityConnector
):
    __doc__ = connectors.DistanceDependentProbabilityConnector.__doc__

    def chances(self, projection: Any) -> Iterator[by_chance.Block]:
        return by_chance.of_distances(self.distance_function, projection)


class _ByIndexes(_ByChance):
    """One whose chances are a function of the indexes of source and target."""

    index_expression: Any

    def chances(self, projection: Any) -> Iterator[by_chance.Block]:
        return by_chance.of_indexes(self.index_expression, projection)


class IndexBasedProbabilityConnector(_ByIndexes, connectors.IndexBasedProbabilityConnector):
    """PyNN's, which also takes the probability as a text in i and j."""

    def __init__(self, index_expression: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(index_expression, str):
            index_expression = IndexExpression(index_expression)
        super().__init__(index_expression, *args, **kwargs)


class DisplacementDependentProbabilityConnector(
    _ByIndexes, connectors.DisplacementDependentProbabilityConnector
):
    __doc__ = connectors.DisplacementDependentProbabilityConnector.__doc__


class CSAConnector(SPyNNakerArguments, connectors.CSAConnector):
    """Connections of the Connection Set Algebra: a mask, or a set with weights and delays."""

    def __init__(self, cset: Any, *args: Any, **kwargs: Any) -> None:
        import csa

        if not isinstance(cset, csa.connset.CSet | csa.connset.ConnectionSet):
            raise ConfigurationException(
                f"CSAConnector({cset!r}): give a mask such as csa.oneToOne, or csa.cset(...)."
            )
        if csa.arity(cset) not in (0, 2):
            raise ConfigurationException(
                f"A connection set of {csa.arity(cset)} values: give a mask, or a set of two "
                "values, weight and delay."
            )
        super().__init__(cset, *args, **kwargs)
        self.has_values = csa.arity(cset) == 2
        self._pairs: list[tuple[int, int]] = []

    def connect(self, projection: Any) -> None:
        """Hands over one target at a time; PyNN's own takes the cells' ids for indexes."""
        import csa

        found = list(csa.cross(*(range(n) for n in projection.shape)) * self.cset)
        pairs = [(int(row[0]), int(row[1])) for row in found]
        self._pairs += pairs
        if not self.has_values:
            connected = np.zeros(projection.shape, dtype=bool)
            connected[tuple(np.array(pairs, dtype=np.int64).reshape(-1, 2).T)] = True
            self._connect_with_map(projection, LazyArray(connected))
            return
        table = np.array(found, dtype=float).reshape(-1, 4)
        table = table[np.argsort(table[:, 1], kind="stable")]
        for target, rows in runs(table[:, 1].astype(np.int64)):
            of_target = table[rows]
            projection._convergent_connect(
                of_target[:, 0].astype(np.int64), target,
                weight=of_target[:, 2], delay=of_target[:, 3],
            )  # fmt: skip

    def show_connection_set(self, n_pre_neurons: int, n_post_neurons: int) -> None:
        """Plots what the connector made, as csa.show does."""
        import csa

        csa.show(list(self._pairs), n_pre_neurons, n_post_neurons)


class SmallWorldConnector(SPyNNakerArguments, connectors.SmallWorldConnector):
    """Neighbours nearer than `degree`, a part of whose connections go to any target instead."""

    def __init__(self, degree: float, rewiring: float, *args: Any, **kwargs: Any) -> None:
        if not 0 <= float(rewiring) <= 1:
            raise ConfigurationException(f"rewiring is {rewiring}: give a number from 0 to 1.")
        super().__init__(float(degree), float(rewiring), *args, **kwargs)
        self.degree = float(degree)

    def neighbours(self, projection: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Sources and the targets near them; by source, then target."""
        sources, targets = projection.pre.positions.T, projection.post.positions.T
        found = [np.zeros((2, 0), dtype=np.int64)]
        width = by_chance.width_of_blocks(len(targets))
        for first in range(0, len(sources), width):
            block = sources[first : first + width]
            distances = np.asarray(projection.space.distances(block, targets))
            near = np.array(np.nonzero(distances.reshape(len(block), -1) < self.degree))
            near[0] += first
            found.append(near)
        pre, post = np.concatenate(found, axis=1)
        return pre, post

    def connect(self, projection: Any) -> None:
        """Hands over one target at a time, as PyNN's own connectors do."""
        pre, post = self.neighbours(projection)
        n_pre, n_post = projection.shape
        # QUIRK: the original expects as many before any of them is rewired.
        projection.estimates = {
            "longest_row": int(np.bincount(pre, minlength=n_pre).max()),
            "inputs": int(np.bincount(post, minlength=n_post).max()),
        }
        moved = np.asarray(self.rng.next(len(pre), "uniform", {"low": 0, "high": 1}))
        others = np.asarray(
            self.rng.next(len(pre), "uniform_int", {"low": 0, "high": projection.post.size})
        )
        post = np.where(moved.reshape(-1) < self.rewiring, others.reshape(-1), post)
        if projection.pre == projection.post and not self.allow_self_connections:
            pre, post = pre[pre != post], post[pre != post]
        values = self._parameters_from_synapse_type(
            projection, distance_map=self._generate_distance_map(projection)
        )
        order = np.argsort(post, kind="stable")
        pre, post = pre[order], post[order]
        drawn = {name: values_of(values[name], pre, post) for name in ("weight", "delay")}
        for target, rows in runs(post):
            projection._convergent_connect(
                pre[rows], target, **{name: column[rows] for name, column in drawn.items()}
            )
