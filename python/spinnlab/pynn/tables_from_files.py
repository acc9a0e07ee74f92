# SPDX-License-Identifier: Apache-2.0
"""sPyNNaker's readers of text files with spikes and samples, and small helpers of scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

INFINITE = float("inf")


def _rows(file_path: Any, separator: str | None) -> list[list[float]]:
    """The numbers of each line that is no comment."""
    lines = Path(file_path).read_text(encoding="utf-8").splitlines()
    return [
        [float(word) for word in line.split(separator)]
        for line in lines
        if line.strip() and not line.startswith("#")
    ]


def read_spikes_from_file(
    file_path: Any,
    min_atom: float | None = 0,
    max_atom: float | None = INFINITE,
    min_time: float | None = 0,
    max_time: float | None = INFINITE,
    split_value: str = "\t",
) -> NDArray[np.float64]:
    """Rows of (neuron, time) from lines "time neuron", by neuron, then time."""
    lowest, highest = min_atom or 0, INFINITE if max_atom is None else max_atom
    first, last = min_time or 0, INFINITE if max_time is None else max_time
    rows = [
        [neuron, time]
        for time, neuron, *_ in _rows(file_path, split_value)
        if lowest <= neuron < highest and first <= time < last
    ]
    return np.array(sorted(rows))


def read_in_data_from_file(
    file_path: Any,
    min_atom: float,
    max_atom: float,
    min_time: float,
    max_time: float,
    extra: bool = False,
) -> NDArray[np.float64]:
    """Rows of (neuron, time, value) from lines "time neuron value", by neuron, then time."""
    rows = [
        [neuron, time, value]
        for time, neuron, value, *_ in _rows(file_path, "\t")
        if min_atom <= neuron < max_atom and min_time <= time < max_time
    ]
    return np.array(sorted(rows)).reshape(-1, 3)


def get_n_bits(n_values: int) -> int:
    """How many bits `n_values` different values need."""
    return 0 if n_values == 0 else max(1, (n_values - 1).bit_length())


def check_directory_exists_and_create_if_not(filename: Any) -> None:
    """Makes the folder in which the file is to stand."""
    folder = Path(filename).parent
    folder.mkdir(parents=True, exist_ok=True)


def convert_param_to_numpy(param: Any, no_atoms: int) -> NDArray[np.float64]:
    """A number, list, array or distribution as an array with one value a neuron."""
    if hasattr(param, "next"):
        return np.atleast_1d(np.asarray(param.next(no_atoms), dtype=float))
    values = np.asarray(param, dtype=float).ravel()
    if len(values) == 1:
        return np.full(no_atoms, values[0])
    if len(values) != no_atoms:
        raise ValueError(f"{len(values)} values for {no_atoms} neurons")
    return values
