# SPDX-License-Identifier: Apache-2.0
"""What the hub asks the allocator: who computes, who waits, and to free what somebody held.

The hub is the allocator's administrator (its peer is root, or the one person of a demo). Every call
is a connection of its own on the Unix socket: rare, short, nothing to lose when either restarts.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spinnlab.errors import AllocationError

LONGEST_S = 5.0
LONGEST_LINE_BYTES = 1 << 24


@dataclass(frozen=True)
class Allocator:
    """spallocd at a Unix socket."""

    socket: Path

    async def call(self, command: str, *args: Any, **kwargs: Any) -> Any:
        """The value of the reply; raises AllocationError, also when nobody answers."""
        try:
            async with asyncio.timeout(LONGEST_S):
                return await self._call(command, args, kwargs)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
            raise AllocationError(
                f"The allocator at {self.socket} does not answer '{command}': "
                f"{error or type(error).__name__}. 'spinnlab hub check' tells more."
            ) from error

    async def _call(self, command: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        reader, writer = await asyncio.open_unix_connection(self.socket, limit=LONGEST_LINE_BYTES)
        try:
            request = {"command": command, "args": args, "kwargs": kwargs}
            writer.write(json.dumps(request).encode() + b"\n")
            await writer.drain()
            while True:
                reply = json.loads(await reader.readuntil(b"\n"))
                if "return" in reply:
                    return reply["return"]
                if "exception" in reply:
                    raise AllocationError(
                        f"The allocator refused '{command}': {reply['exception']}"
                    )
        finally:
            writer.close()

    async def is_computing(self, user: str) -> bool:
        """Whether a Unix user has boards in use, a job that waits for some, or a native run."""
        return bool((await self.call("user_activity", user))["active"])

    async def release(self, user: str, reason: str, log: logging.Logger) -> None:
        """Ends all jobs, leases and sessions of a Unix user; their boards are free afterwards.

        An allocator that does not answer is in `log`: who is being ended has to go all the same.
        """
        try:
            await self.call("release_user", user, reason)
        except AllocationError as error:
            log.warning("%s", error)
