# SPDX-License-Identifier: Apache-2.0
"""What the original expects of connections that its host makes: weight scales and rows follow it.

Its connectors estimate (get_n_connections_from_pre_vertex_maximum and its like) instead of counting
what they made; the native way makes lists of the same connections, and copies the estimates.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from pyNN.parameters import LazyArray

from spinnlab.pynn.connectors import (
    ArrayConnector,
    CSAConnector,
    DistanceDependentProbabilityConnector,
    IndexBasedProbabilityConnector,
    SmallWorldConnector,
)


def expected(connector: Any, projection: Any) -> dict[str, float] | None:
    """Arguments of the core's list of connections; None where they are counted."""
    n_pre, n_post = projection.shape
    if isinstance(connector, ArrayConnector):
        # QUIRK: the original counts no inputs at all.
        return {"longest_row": int(np.asarray(connector.array).sum(axis=1).max()), "inputs": 0}
    if isinstance(connector, SmallWorldConnector):
        near = connector.near(projection)
        return {
            "longest_row": int(near.sum(axis=1).max()),
            "inputs": int(near.sum(axis=0).max()),
        }
    if isinstance(connector, CSAConnector) and not connector.has_values:
        # QUIRK: the original expects every pair of a mask.
        return {"p_most": 1.0, "pairs": n_pre * n_post, "trials": n_pre}
    if isinstance(connector, IndexBasedProbabilityConnector):
        expression = copy(connector.index_expression)
        expression.projection = projection
        chances = LazyArray(expression, projection.shape).evaluate()
        return {"p_most": _largest(chances), "pairs": n_pre * n_post, "trials": n_pre}
    if isinstance(connector, DistanceDependentProbabilityConnector):
        distances = connector._generate_distance_map(projection)
        chances = connector.distance_function(distances).evaluate()
        # QUIRK: inputs of a neuron are drawn from as many as there are targets.
        return {"p_most": _largest(chances), "pairs": n_pre * n_post, "trials": n_post}
    return None


def _largest(chances: Any) -> float:
    return float(np.clip(np.max(np.asarray(chances, dtype=float)), 0.0, 1.0))
