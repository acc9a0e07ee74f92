# SPDX-License-Identifier: Apache-2.0
"""A job that waits for boards says so, and why; the published client waits without a word.

An interrupt takes it out of the queue.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from spinnlab.allocation.protocol import Connection
from spinnlab.errors import AllocationError

if TYPE_CHECKING:
    from spinnlab_original.session import Session

#: Boards that come within this time need no word.
PATIENCE_S = 0.5
#: Between two questions.
BETWEEN_S = 1.0
#: spalloc's number of the state.
QUEUED = 1


def say_why_they_wait(session: Session) -> Callable[[ModuleType], None]:
    """While the published client waits for its job, another thread asks the daemon about it."""

    def wrap(job_module: ModuleType) -> None:
        wait = job_module.Job.wait_until_ready

        def wait_until_ready(self: Any, timeout: float | None = None) -> None:
            with _asked_about(Path(session.lease().daemon.socket), self.id):
                try:
                    wait(self, timeout)
                except KeyboardInterrupt:  # the published packages think of other exceptions only
                    self.destroy("The wait for boards was interrupted")
                    raise

        job_module.Job.wait_until_ready = wait_until_ready

    return wrap


@contextmanager
def _asked_about(daemon: Path, job: int) -> Iterator[None]:
    over = threading.Event()
    asker = threading.Thread(
        target=_ask, args=(daemon, job, over), name="spinnlab-queue", daemon=True
    )
    asker.start()
    try:
        yield
    finally:
        over.set()
        asker.join(BETWEEN_S)


def _ask(daemon: Path, job: int, over: threading.Event) -> None:
    said = ""
    while not over.wait(BETWEEN_S if said else PATIENCE_S):
        # A daemon that is gone is the published client's to report.
        with suppress(OSError, ValueError, AllocationError):
            text = _why(daemon, job)
            if over.is_set():
                return
            if text and text != said:
                said = text
                print(f"SpiNNLab: {text}", file=sys.stderr, flush=True)


def _why(daemon: Path, job: int) -> str:
    """One line about a job that is queued; empty for another one."""
    connection = Connection(daemon)
    try:
        if connection.call("get_job_state", job)["state"] != QUEUED:
            return ""
        waits = f"job {job} waits for boards"
        try:
            status = connection.call("job_status", job) or {}
        except ConnectionError:  # an older daemon hangs up on what it does not know
            return f"{waits}. The stop button ends the waiting."
        place = f", place {status['place']} in the queue" if status.get("place") else ""
        why = f": {str(status['waits_for']).rstrip('.')}" if status.get("waits_for") else ""
        return f"{waits}{place}{why}. The stop button ends the waiting."
    finally:
        connection.close()
