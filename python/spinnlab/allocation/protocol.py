# SPDX-License-Identifier: Apache-2.0
"""One connection of spalloc's protocol, version 1: a JSON object a line, requests in order."""

from __future__ import annotations

import json
import select
import socket
import struct
from pathlib import Path
from typing import Any

from spinnlab.errors import AllocationError


class Connection:
    """A blocking connection to the daemon's Unix socket."""

    def __init__(self, path: Path, timeout_s: float = 10.0) -> None:
        self._path = path
        self._received = b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise

    def call(self, command: str, *args: Any, **kwargs: Any) -> Any:
        """Sends one request and returns the value of its reply; notifications are passed over.

        Raises AllocationError with the daemon's own text, and OSError when the line is cut.
        """
        request = {"command": command, "args": args, "kwargs": kwargs}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            reply = json.loads(self._line())
            if "return" in reply:
                return reply["return"]
            if "exception" in reply:
                raise AllocationError(
                    f"The daemon spallocd refused '{command}': {reply['exception']}"
                )

    def _line(self) -> bytes:
        while b"\n" not in self._received:
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionResetError(f"spallocd closed the connection {self._path}")
            self._received += chunk
        line, self._received = self._received.split(b"\n", 1)
        return line

    def peer_pid(self) -> int:
        """The process at the other end."""
        size = struct.calcsize("3i")
        pid, _, _ = struct.unpack(
            "3i", self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        )
        return int(pid)

    def is_open(self) -> bool:
        """Whether the other end is still there; does not block."""
        try:
            readable, _, _ = select.select([self._socket], [], [], 0)
            return not readable or self._socket.recv(1, socket.MSG_PEEK) != b""
        except (OSError, ValueError):
            return False

    def close(self) -> None:
        self._socket.close()
