# SPDX-License-Identifier: Apache-2.0
"""A native run tells the allocator of itself, where one runs, and is told how many threads to use.

`announce()` is a context around a run. It never starts a daemon, and no daemon stops a run: one
that does not answer, or does not know native runs, is mentioned once and the run goes on.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from spinnlab.allocation.daemon import ALLOCATOR, running_socket
from spinnlab.allocation.protocol import Connection
from spinnlab.errors import AllocationError, SpinnlabError

logger = logging.getLogger("spinnlab")

#: Between two messages about how far a run is; a hub counts on one a minute.
BETWEEN_S = 2.0
#: A daemon that does not answer for so long is left alone.
TIMEOUT_S = 2.0


class AnnouncedRun:
    """A run that the allocator may know of. `threads` is what it allows; None: no limit."""

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads
        self._how_far = (0.0, "")

    def report(self, fraction: float, text: str) -> None:
        """Remembers how far the run is, 0 to 1; costs nothing, and is sent within two seconds."""
        self._how_far = (fraction, text)

    @property
    def how_far(self) -> tuple[float, str]:
        return self._how_far


class Announcer:
    """The connection of this process, kept from one run to the next."""

    def __init__(self) -> None:
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._pid = os.getpid()
        self._connection: Connection | None = None
        self._lock = threading.Lock()
        #: Daemons that do not know native runs, by socket, inode and time of making.
        self._older: set[tuple[str, int, int]] = set()
        self._said: set[str] = set()

    @contextmanager
    def announce(self, label: str, threads_wanted: int) -> Iterator[AnnouncedRun]:
        """Around one run; `threads_wanted` is at least 1."""
        granted = self._begin(label, threads_wanted)
        if granted is None:
            yield AnnouncedRun()
            return
        number, threads = granted
        run = AnnouncedRun(threads)
        over = threading.Event()
        sender = threading.Thread(
            target=self._send, args=(number, run, over), name="spinnlab-run", daemon=True
        )
        sender.start()
        try:
            yield run
        finally:
            over.set()
            sender.join(TIMEOUT_S + 1)
            self._call("end_run", number)

    def close(self) -> None:
        """Lets the daemon go; the next run finds one again."""
        with self._lock:
            self._drop()

    def _begin(self, label: str, threads_wanted: int) -> tuple[int, int] | None:
        if os.getpid() != self._pid:  # a forked child has no part in its parent's connection
            self._begin_anew()
        daemon = None
        if self._connection is None or not self._connection.is_open():
            self.close()
            try:
                daemon = self._connect()
            except (OSError, SpinnlabError) as error:
                if os.environ.get(ALLOCATOR):
                    self._say(f"The allocator does not answer ({_words(error)})")
                return None
            if daemon is None:
                return None
        answer = self._call("begin_run", label, threads_wanted, first_on=daemon)
        if answer is None:
            return None
        try:
            return int(answer["run"]), max(1, int(answer["threads"]))
        except (TypeError, KeyError, ValueError):
            self._say(f"The allocator answered begin_run with {answer!r}")
            return None

    def _connect(self) -> tuple[str, int, int] | None:
        """Opens a connection; None where no daemon runs or it is known to be an older one."""
        path = running_socket()
        if path is None:
            return None
        status = path.stat()
        daemon = (str(path), status.st_ino, status.st_mtime_ns)
        if daemon in self._older:
            return None
        self._connection = Connection(path, timeout_s=TIMEOUT_S)
        return daemon

    def _call(
        self, command: str, *args: Any, first_on: tuple[str, int, int] | None = None
    ) -> dict[str, Any] | None:
        """The answer, an empty one for a command without; None when there is none."""
        with self._lock:
            if self._connection is None:
                return None
            try:
                return self._connection.call(command, *args) or {}
            except AllocationError as error:  # refused; the connection is as good as before
                self._say(str(error))
                return None
            except (OSError, ValueError) as error:
                self._drop()
                if first_on is not None and isinstance(error, ConnectionError):
                    self._older.add(first_on)  # it hangs up on commands that it does not know
                    self._say("The allocator is older than this SpiNNLab and knows no native runs")
                else:
                    self._say(f"The allocator no longer answers ({_words(error)})")
                return None
            except BaseException:  # an interrupt: the answer that is still to come is nobody's
                self._drop()
                raise

    def _send(self, number: int, run: AnnouncedRun, over: threading.Event) -> None:
        while not over.wait(BETWEEN_S):
            if self._call("run_progress", number, *run.how_far) is None:
                return

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
            self._connection = None

    def _say(self, what: str) -> None:
        if what not in self._said:
            self._said.add(what)
            logger.warning("%s: this run goes on without it.", what.rstrip("."))


def _words(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def label_of_this_process() -> str:
    """What others see of a run: the notebook's or the script's file name."""
    path = os.environ.get("JPY_SESSION_NAME") or (sys.argv[0] if sys.argv else "")
    return Path(path).name or "python"


_announcer = Announcer()
announce = _announcer.announce
