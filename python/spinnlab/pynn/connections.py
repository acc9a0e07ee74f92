# SPDX-License-Identifier: Apache-2.0
"""One connection as an object, or as a row of a list."""

from __future__ import annotations

from typing import Any

from pyNN import common


class Connection(common.Connection):
    """One connection, made when somebody asks for it."""

    def __init__(self, projection: Any, row: int) -> None:
        self._projection, self._row = projection, row

    def _value(self, column: int) -> float:
        return float(self._projection.connection_table()[column][self._row])

    @property
    def presynaptic_index(self) -> int:
        return int(self._value(0))

    @property
    def postsynaptic_index(self) -> int:
        return int(self._value(1))

    @property
    def presynaptic_cell(self) -> int:
        return int(self._projection.pre.all_cells[self.presynaptic_index])

    @property
    def postsynaptic_cell(self) -> int:
        return int(self._projection.post.all_cells[self.postsynaptic_index])

    source, target = presynaptic_cell, postsynaptic_cell

    @property
    def weight(self) -> float:
        return self._value(2)

    @weight.setter
    def weight(self, value: float) -> None:
        self._projection.set_one(self._row, "weight", value)

    @property
    def delay(self) -> float:
        return self._value(3)

    @delay.setter
    def delay(self, value: float) -> None:
        self._projection.set_one(self._row, "delay", value)

    def as_tuple(self, *names: str) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in names)


class Row(tuple[Any, ...]):
    """A connection in a list: equal to a tuple, as PyNN has it, and to a list, as sPyNNaker has."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return tuple.__eq__(self, tuple(other) if isinstance(other, list) else other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__
