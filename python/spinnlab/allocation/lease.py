# SPDX-License-Identifier: Apache-2.0
"""A lease: the daemon stays up while it is open, and its owner's boards are freed when it ends."""

from __future__ import annotations

import getpass
import os
import secrets
from pathlib import Path
from types import TracebackType

from spinnlab.allocation.daemon import Daemon, find_or_start
from spinnlab.allocation.protocol import Connection
from spinnlab.errors import AllocationError

#: A daemon may be ending just when it is found; then the next one is started.
ATTEMPTS = 3


def unique_owner() -> str:
    """A name for the jobs of this process alone, with the person and the process in it."""
    try:
        person = getpass.getuser()
    except (KeyError, OSError):
        person = f"uid{os.getuid()}"
    return f"{person}-{os.getpid()}-{secrets.token_hex(3)}"


class Lease:
    """An open lease. `daemon.port` is where spalloc listens, `owner` what jobs must be named."""

    def __init__(self, daemon: Daemon, owner: str, connection: Connection) -> None:
        self.daemon = daemon
        self.owner = owner
        self._connection = connection

    def is_alive(self) -> bool:
        """Whether the daemon still holds this lease."""
        return self._connection.is_open()

    def close(self) -> None:
        """Ends the lease: all jobs of the owner are destroyed at once."""
        self._connection.close()

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def acquire(owner: str | None = None) -> Lease:
    """Finds or starts the daemon and takes a lease for `owner` (default: unique to this process).

    Raises AllocationError when no daemon can be had, ProgramNotFoundError when none is built.
    """
    owner = owner or unique_owner()
    last: Exception | None = None
    for _ in range(ATTEMPTS):
        daemon = find_or_start()
        try:
            connection = Connection(Path(daemon.socket))
        except OSError as error:
            last = error
            continue
        try:
            connection.call("lease", owner=owner)
        except (OSError, ValueError) as error:
            connection.close()
            last = error
            continue
        except AllocationError:
            connection.close()
            raise
        return Lease(daemon, owner, connection)
    raise AllocationError(
        f"The allocation daemon ended {ATTEMPTS} times before it could be spoken to: {last}"
        + (f"\nIts log is {daemon.log}" if daemon.log else "")
    )
