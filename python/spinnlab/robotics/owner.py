# SPDX-License-Identifier: Apache-2.0
"""Over TCP the platform speaks to its owner's programs only, and to pages of its own.

A port on 127.0.0.1 is open to everybody who works on the computer, and to any page that a browser
there shows. The Unix socket is neither: only the owner enters its folder, and the notebook server
has asked who it is before it hands anything on.
"""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

TABLE = Path("/proc/net/tcp")
READING = ("GET", "HEAD")


def _as_in_table(address: str, port: int) -> str:
    number = struct.unpack("=I", socket.inet_aton(address))[0]
    return f"{number:08X}:{port:04X}"


def owner_of(client: tuple[str, int], server: tuple[str, int]) -> int | None:
    """The user id of the socket at `client` that is connected to `server`; None: there is none."""
    wanted = [_as_in_table(*client), _as_in_table(*server)]
    with TABLE.open(encoding="ascii") as table:
        next(table)
        for line in table:
            words = line.split()
            if words[1:3] == wanted:
                return int(words[7])
    return None


class OwnerOnly:
    """Answers 403 to requests over TCP that are not of the process's own user or pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = is_over_tcp(scope) and self._refusal(scope)
        if not refused:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(f"{refused}\n", 403)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": refused})

    def _refusal(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        server = scope["server"]
        if owner_of(tuple(scope["client"]), tuple(server)) != os.getuid():
            return "This is the robotics platform of another user."
        # Else a page of another site could take a name of its own for this address.
        own = [f"{name}:{server[1]}" for name in ("127.0.0.1", "localhost")]
        if headers.get("host") not in own:
            return f"Open http://{own[0]}/ instead."
        reads = scope["type"] == "http" and scope["method"] in READING
        origin = headers.get("origin")  # browsers name it wherever something changes
        if not reads and origin is not None and origin not in [f"http://{name}" for name in own]:
            return f"Pages of {origin} may not use the robotics platform."
        return ""


def is_over_tcp(scope: Scope) -> bool:
    """Whether a request came over TCP, not over the Unix socket; the way in, not of it."""
    if scope["type"] not in ("http", "websocket"):
        return False
    server = scope.get("server")
    return server is not None and server[1] is not None
