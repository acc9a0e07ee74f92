# SPDX-License-Identifier: Apache-2.0
"""What get_machine() returns: the software machine, as scripts ask SpiNNMachine's about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spinnlab.display import Card, Shown
from spinnlab.pynn import cards

CHIPS_A_BOARD = 48
#: Words a chip's memory leaves to users, bytes.
SDRAM_BYTES = 123_469_792


@dataclass(frozen=True)
class Chip:
    """One chip."""

    x: int
    y: int
    n_processors: int
    nearest_ethernet_x: int
    nearest_ethernet_y: int
    sdram: int = SDRAM_BYTES

    @property
    def n_user_processors(self) -> int:
        """Without the monitor."""
        return self.n_processors - 1

    @property
    def ip_address(self) -> str | None:
        """Of Ethernet chips, as the boards of a virtual machine have it."""
        ethernet = (self.nearest_ethernet_x, self.nearest_ethernet_y)
        return f"127.0.{self.x}.{self.y}" if ethernet == (self.x, self.y) else None


class SoftwareMachine(Shown):
    """Boards, chips and cores of the machine that a network was mapped to."""

    def __init__(self, image: Any, state: Any) -> None:
        self._image, self._state = image, state
        self.width, self.height = int(image.width), int(image.height)
        self._chips = {(x, y): Chip(x, y, *rest) for x, y, *rest in image.machine_chips}

    @property
    def n_boards(self) -> int:
        return len(self.ethernet_connected_chips)

    @property
    def n_chips(self) -> int:
        return len(self._chips)

    @property
    def chips(self) -> Iterator[Chip]:
        return iter(self._chips.values())

    @property
    def chip_coordinates(self) -> list[tuple[int, int]]:
        return list(self._chips)

    @property
    def total_available_user_cores(self) -> int:
        """Without the monitors."""
        return sum(chip.n_processors - 1 for chip in self.chips)

    @property
    def ethernet_connected_chips(self) -> list[Chip]:
        return [chip for chip in self.chips if chip.ip_address is not None]

    def is_chip_at(self, x: int, y: int) -> bool:
        return (x, y) in self._chips

    def get_chip_at(self, x: int, y: int) -> Chip | None:
        return self._chips.get((x, y))

    def __getitem__(self, x_y: tuple[int, int]) -> Chip:
        return self._chips[x_y]

    def __contains__(self, x_y: tuple[int, int]) -> bool:
        return x_y in self._chips

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self._chips)

    def __len__(self) -> int:
        return len(self._chips)

    def _card(self) -> Card:
        return cards.machine(self._state, self._image)

    def __repr__(self) -> str:
        return f"<software machine: {self.n_boards} boards, {self.n_chips} chips>"
