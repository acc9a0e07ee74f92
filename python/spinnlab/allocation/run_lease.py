# SPDX-License-Identifier: Apache-2.0
"""A native run tells the allocator of itself, where one runs, and is told how many threads to use.

`announce()` is a context around a run. It never starts a daemon, and no daemon stops a run: one
that does not answer, or does not know native runs, is mentioned once and the run goes on.
"""

from __future__ import annotations

import logging
import math
import os
import sys
import threading
import time
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
#: A run is told of its end so long before it, at most that part of its time.
LAST_S, LAST_PART = 300.0, 0.1


class AnnouncedRun:
    """A run that the allocator may know of. `threads` and `limit_s`, wall time, are what it allows;
    None: no limit.
    """

    def __init__(self, threads: int | None = None, limit_s: float | None = None) -> None:
        self.threads = threads
        self.limit_s = limit_s
        self._began_s = time.monotonic()
        self._told_of_end = False
        self._how_far = (0.0, "")

    def is_over(self) -> bool:
        """Whether its time is up: it then ends at the next step's boundary."""
        return self.limit_s is not None and time.monotonic() >= self._began_s + self.limit_s

    def end_is_near(self) -> str | None:
        """A warning, once, in the last tenth of its time or five minutes, what is shorter."""
        if self.limit_s is None or self._told_of_end:
            return None
        left_s = self._began_s + self.limit_s - time.monotonic()
        if left_s > min(LAST_PART * self.limit_s, LAST_S):
            return None
        self._told_of_end = True
        left = duration(max(1, math.ceil(left_s)))
        return (
            f"This run ends in {left}: {self.limit()} What it has recorded is kept, and run() goes "
            "on from there."
        )

    def limit(self) -> str:
        """The limit in a sentence: how long, and who has set it."""
        return (
            f"a run may take {duration(self.limit_s or 0.0)} here, as an administrator has set it "
            "(on a hub: limits.run_hours)."
        )

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
        number, run = granted
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

    def _begin(self, label: str, threads_wanted: int) -> tuple[int, AnnouncedRun] | None:
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
            limit_s = answer.get("limit_s")  # an older allocator knows none
            return int(answer["run"]), AnnouncedRun(
                max(1, int(answer["threads"])), None if limit_s is None else float(limit_s)
            )
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


def duration(seconds: float) -> str:
    """In words, to the second below a minute, to the minute below two hours."""
    for unit, length_s in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length_s or (seconds >= length_s and seconds % length_s == 0):
            return f"{seconds / length_s:.3g} {unit}"
    return f"{seconds:.3g} s"


def label_of_this_process() -> str:
    """What others see of a run: the notebook's or the script's file name."""
    path = os.environ.get("JPY_SESSION_NAME") or (sys.argv[0] if sys.argv else "")
    return Path(path).name or "python"


_announcer = Announcer()
announce = _announcer.announce
