# SPDX-License-Identifier: Apache-2.0
"""Where the platform of one person is on one computer: its socket, lock and log."""

from __future__ import annotations

import fcntl
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from spinnlab.allocation.runtime import runtime_folder
from spinnlab.robotics.errors import RunsAlreadyError

#: A log that is longer when the platform starts begins anew.
LONGEST_LOG_BYTES = 1 << 20


@dataclass(frozen=True)
class Place:
    """Files in the person's private folder."""

    folder: Path

    @classmethod
    def mine(cls) -> Place:
        """Raises AllocationError where there can be no private folder."""
        return cls(runtime_folder())

    @property
    def socket_file(self) -> Path:
        return self.folder / "robotics.sock"

    @property
    def lock(self) -> Path:
        return self.folder / "robotics.lock"

    @property
    def log(self) -> Path:
        return self.folder / "robotics.log"

    def take(self) -> int:
        """Makes this process the one platform of the person until it ends; the open lock.

        Raises RunsAlreadyError when another process is it.
        """
        lock = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise RunsAlreadyError("The robotics platform is running already.") from None
        return lock

    def listen(self) -> socket.socket:
        """The socket, for its owner alone; call it only with the lock taken."""
        self.socket_file.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(str(self.socket_file))  # nobody else enters the folder
        self.socket_file.chmod(0o600)
        listening.listen(128)
        return listening
