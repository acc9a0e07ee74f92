# SPDX-License-Identifier: Apache-2.0
"""What the original expects of connections that its host makes: weight scales and rows follow it.

Its connectors estimate (get_n_connections_from_pre_vertex_maximum and its like) instead of counting
what they made; the native way makes lists of the same connections, and copies the estimates.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spinnlab.pynn import by_chance
from spinnlab.pynn.host_connectors import (
    ArrayConnector,
    CSAConnector,
    DistanceDependentProbabilityConnector,
    IndexBasedProbabilityConnector,
    SmallWorldConnector,
)


def expected(connector: Any, projection: Any) -> dict[str, float] | None:
    """Arguments of the core's list of connections; None where they are counted."""
    n_pre, n_post = projection.shape

    def largest_chance() -> float:
        if projection.largest_chance is None:  # PyNN drew them
            projection.largest_chance = by_chance.largest(connector.chances(projection))
        return float(projection.largest_chance)

    if isinstance(connector, ArrayConnector):
        # QUIRK: the original counts no inputs at all.
        return {"longest_row": int(np.asarray(connector.array).sum(axis=1).max()), "inputs": 0}
    if isinstance(connector, SmallWorldConnector):
        return projection.estimates
    if isinstance(connector, CSAConnector) and not connector.has_values:
        # QUIRK: the original expects every pair of a mask.
        return {"p_most": 1.0, "pairs": n_pre * n_post, "trials": n_pre}
    if isinstance(connector, IndexBasedProbabilityConnector):
        return {"p_most": largest_chance(), "pairs": n_pre * n_post, "trials": n_pre}
    if isinstance(connector, DistanceDependentProbabilityConnector):
        # QUIRK: inputs of a neuron are drawn from as many as there are targets.
        return {"p_most": largest_chance(), "pairs": n_pre * n_post, "trials": n_post}
    return None
