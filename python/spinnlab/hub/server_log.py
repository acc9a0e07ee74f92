# SPDX-License-Identifier: Apache-2.0
"""What each person's server says while it starts and runs: one file a person, for administrators.

The server writes into an open file of root's, so nobody else reads or changes it. What kernels
print past their notebooks gets there, too; a file that has grown too long is therefore emptied.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LONGEST_BYTES = 4 << 20
#: As much as a page shows.
TAIL_BYTES = 64 << 10


@dataclass(frozen=True)
class ServerLog:
    """The log of one person; `name` is a name of `names.py`, so it can stand in a path."""

    hub: Path
    name: str

    @property
    def file(self) -> Path:
        return self.hub / "log" / "servers" / f"{self.name}.log"

    @property
    def earlier(self) -> Path:
        """Of the start before this one."""
        return self.file.with_suffix(".log.1")

    @contextlib.contextmanager
    def begin(self) -> Iterator[BinaryIO]:
        """A new log for a new start, to be given to the server."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self.file.replace(self.earlier)
        with self._open() as stream:
            yield stream

    def say(self, text: str) -> None:
        """A line of the hub's own, with the time."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._open() as stream:
            stream.write(f"[{time.strftime('%Y-%m-%d %H:%M:%S')} hub] {text}\n".encode())

    def _open(self) -> BinaryIO:
        # Appending: a server that goes on writing after `trim` does so at the new end.
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "wb")

    def trim(self) -> None:
        """Empties a file that has grown too long; the hub calls it every few seconds."""
        with contextlib.suppress(FileNotFoundError):
            if self.file.stat().st_size > LONGEST_BYTES:
                os.truncate(self.file, 0)
                self.say(f"the log was longer than {LONGEST_BYTES >> 20} MiB and was emptied")

    def tail(self) -> str:
        """The end of the log; an empty text for somebody who never had a server."""
        try:
            with self.file.open("rb") as stream:
                stream.seek(0, os.SEEK_END)
                stream.seek(max(0, stream.tell() - TAIL_BYTES))
                return stream.read(TAIL_BYTES).decode(errors="replace")
        except FileNotFoundError:
            return ""

    def remove(self) -> None:
        for file in (self.file, self.earlier):
            file.unlink(missing_ok=True)
