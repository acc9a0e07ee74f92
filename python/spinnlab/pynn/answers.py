# SPDX-License-Identifier: Apache-2.0
"""Values that serve scripts written for PyNN and for sPyNNaker, which answer differently.

Asked for a parameter that is the same for all neurons PyNN gives a number, sPyNNaker a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from pyNN.parameters import LazyArray


class Uniform(float):
    """A number that can also be read like a list with `size` times that number."""

    size: int

    def __new__(cls, value: float, size: int) -> Uniform:
        made = super().__new__(cls, value)
        made.size = size
        return made

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: Any) -> Any:
        chosen = range(self.size)[index]  # IndexError as of a list
        return [float(self)] * len(chosen) if isinstance(chosen, range) else float(self)

    def __iter__(self) -> Iterator[float]:
        return iter([float(self)] * self.size)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, list | tuple):
            return list(self) == list(other)
        return float.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = float.__hash__

    def __reduce__(self) -> Any:
        return Uniform, (float(self), self.size)


class ByName(list[Any]):
    """A list in the order of names, as PyNN answers, that also takes the names, as sPyNNaker."""

    def __init__(self, names: list[str], values: list[Any]) -> None:
        super().__init__(values)
        self.names = names

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(self.names.index(index) if isinstance(index, str) else index)


class InitialValues(LazyArray):
    """PyNN's lazy array that can be compared with a list."""

    def __eq__(self, other: object) -> Any:
        if isinstance(other, list | tuple):
            return np.atleast_1d(self.evaluate(simplify=False)).tolist() == list(other)
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]
