# SPDX-License-Identifier: Apache-2.0
"""What get_machine() returns: the software machine, as scripts ask about it."""

from __future__ import annotations

from typing import Any

CHIPS_A_BOARD = 48


class SoftwareMachine:
    """Boards, chips and cores of the machine that a network was mapped to."""

    def __init__(self, image: Any) -> None:
        self.n_boards = 1 if image is None else int(image.boards)
        self.width = 8 if image is None else int(image.width)
        self.height = 8 if image is None else int(image.height)
        self.n_chips = CHIPS_A_BOARD * self.n_boards

    def __repr__(self) -> str:
        return f"<software machine: {self.n_boards} boards, {self.n_chips} chips>"
