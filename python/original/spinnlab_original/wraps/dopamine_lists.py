# SPDX-License-Identifier: Apache-2.0
"""Neuromodulation from a list of connections, or any other that the host expands.

The published code gives the size of a row's plastic part as a number where an array of one is
wanted, and wants all rows to be of one length; both end in a NumPy error, whatever its version.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any


def build_rows_one_by_one(synapse_dynamics_neuromodulation: ModuleType) -> None:
    """`get_plastic_synaptic_data` works for every row by itself, so rows may differ in length."""
    import numpy

    kind = synapse_dynamics_neuromodulation.SynapseDynamicsNeuromodulation
    one_length = kind.get_plastic_synaptic_data

    def get_plastic_synaptic_data(
        self: Any, connections: Any, connection_row_indices: Any, n_rows: int, *rest: Any
    ) -> tuple[list[Any], list[Any], Any, Any]:
        fixed, plastic, fixed_size, plastic_size = [], [], [], []
        for row in range(n_rows):
            mine = connections[connection_row_indices == row]
            parts = one_length(self, mine, numpy.zeros(len(mine), dtype=int), 1, *rest)
            fixed.append(parts[0][0])
            plastic.append(parts[1][0])
            fixed_size.append(parts[2])
            plastic_size.append(parts[3])
        as_column = (n_rows, 1)
        return (
            fixed,
            plastic,
            numpy.concatenate(fixed_size).reshape(as_column),
            numpy.concatenate(plastic_size).reshape(as_column),
        )

    kind.get_plastic_synaptic_data = get_plastic_synaptic_data
