# SPDX-License-Identifier: Apache-2.0
"""What changes at the allocator, told to pages that are open instead of their asking every second.

The hub listens to the allocator on one connection, whatever the number of pages, and asks it once
for what is new. A person's page is woken by the person's own jobs and runs alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spinnlab.errors import AllocationError
from spinnlab.hub.allocator import LONGEST_LINE_BYTES, Allocator

log = logging.getLogger(__name__)

#: What comes within this time is told at once, in seconds.
TOGETHER_S = 0.4
#: Before the hub tries to listen again to an allocator that has gone.
AGAIN_S = 1.0
WATCHED = ("notify_job", "notify_run", "notify_machine")


@dataclass(eq=False)
class Listener:
    """A page that is open. `user`: the Unix user whose changes it shows; None: everybody's."""

    user: str | None
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Changes:
    """Listens while there is a page to tell."""

    def __init__(self, socket: Path) -> None:
        self._allocator = Allocator(socket)
        self._listeners: set[Listener] = set()
        self._known: dict[str, Any] = {}
        self._task: asyncio.Task[None] | None = None

    def __deepcopy__(self, _memo: object) -> Changes:
        return self  # traitlets copies what is configured; there is one for all pages

    @contextlib.contextmanager
    def listen(self, user: str | None) -> Iterator[asyncio.Event]:
        """The event is set whenever there is something new to show."""
        listener = Listener(user)
        self._listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._watch())
        try:
            yield listener.changed
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._task is not None:
                self._task.cancel()

    def tell_everybody(self) -> None:
        for listener in self._listeners:
            listener.changed.set()

    async def _watch(self) -> None:
        while True:
            try:
                await self._follow()
            except (OSError, ValueError, asyncio.IncompleteReadError, AllocationError) as error:
                log.warning("the allocator is not heard: %s", error or type(error).__name__)
                self.tell_everybody()  # their pages ask, and say so
            await asyncio.sleep(AGAIN_S)

    async def _follow(self) -> None:
        """Until the connection ends, which raises."""
        reader, writer = await asyncio.open_unix_connection(
            self._allocator.socket, limit=LONGEST_LINE_BYTES
        )
        try:
            for command in WATCHED:
                writer.write(json.dumps({"command": command, "args": [None]}).encode() + b"\n")
            await writer.drain()
            while True:
                await self._look()
                await _next_notification(reader)
                await asyncio.sleep(TOGETHER_S)
                # What has come meanwhile is in what `_look` sees.
        finally:
            writer.close()

    async def _look(self) -> None:
        """Asks what there is now, and wakes those for whom it is something else than before."""
        now: dict[str, list[Any]] = {}
        for item in [
            *await self._allocator.call("list_jobs"),
            *await self._allocator.call("list_runs"),
        ]:
            now.setdefault(item.get("user", ""), []).append(item)
        for listener in self._listeners:
            known = self._known if listener.user is None else self._known.get(listener.user)
            new = now if listener.user is None else now.get(listener.user)
            if known != new:
                listener.changed.set()
        self._known = now


async def _next_notification(reader: asyncio.StreamReader) -> None:
    """Waits for a line that answers no command of ours."""
    while True:
        told = json.loads(await reader.readuntil(b"\n"))
        if "exception" in told:
            raise AllocationError(f"The allocator does not tell changes: {told['exception']}")
        if "return" not in told:
            return
