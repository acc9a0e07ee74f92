# SPDX-License-Identifier: Apache-2.0
"""Servers that start all at once would bring a host to its knees: they wait in line."""

from __future__ import annotations

import asyncio


class StartQueue:
    """So many servers start at once; the others know their place."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: list[asyncio.Event] = []

    def __deepcopy__(self, _memo: object) -> StartQueue:
        return self  # traitlets copies what is configured; there is one line for everybody

    def place(self, ticket: asyncio.Event) -> int:
        """1 for the next one; 0 for who is not waiting."""
        return self._waiting.index(ticket) + 1 if ticket in self._waiting else 0

    async def enter(self, ticket: asyncio.Event) -> None:
        if self._free > 0:
            self._free -= 1
            return
        self._waiting.append(ticket)
        try:
            await ticket.wait()
        except asyncio.CancelledError:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            else:
                self.leave()
            raise

    def leave(self) -> None:
        if self._waiting:
            self._waiting.pop(0).set()
        else:
            self._free += 1
