# SPDX-License-Identifier: Apache-2.0
"""/hub/api/lab/events: a stream that says when a page has something new to ask for."""

from __future__ import annotations

import asyncio
from typing import Any

from tornado import web
from tornado.iostream import StreamClosedError

from spinnlab.hub.changes import Changes
from spinnlab.hub.pages import LabPage

#: A line that says nothing keeps proxies from closing a quiet stream; and a closed one is noticed.
SIGN_OF_LIFE_S = 20.0


class Events(LabPage):
    """Server-sent events without content; what is new, the page asks for as before."""

    _left: asyncio.Event | None = None

    @web.authenticated
    async def get(self) -> None:
        user = self.current_user
        everybody = user.admin and self.get_argument("everybody", "") == "1"
        self.set_header("Content-Type", "text/event-stream")
        changes: Changes = self.settings["spinnlab_changes"]
        with changes.listen(None if everybody else self.unix_user(user)) as changed:
            self._left = changed
            try:
                while not self.request.connection.stream.closed():
                    await self._say("data: changed\n\n" if changed.is_set() else ":\n\n")
                    changed.clear()
                    await _within(changed, SIGN_OF_LIFE_S)
            except StreamClosedError:
                pass

    async def _say(self, text: str) -> None:
        self.write(text)
        await self.flush()

    def on_connection_close(self) -> None:
        if self._left is not None:
            self._left.set()


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


def handlers() -> list[tuple[Any, ...]]:
    return [(r"/api/lab/events", Events)]
