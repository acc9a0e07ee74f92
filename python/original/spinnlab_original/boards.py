# SPDX-License-Identifier: Apache-2.0
"""Whether the boards of this process are still its own, and that it is at work on them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spinnlab.allocation import Lease
from spinnlab.allocation.protocol import Connection
from spinnlab.allocation.run_lease import LAST_S, duration
from spinnlab.errors import SpinnlabError

from spinnlab_original.notes import say_once

#: Between two words that the boards are wanted; the allocator's limits are minutes.
BETWEEN_S = 10.0
#: spalloc's number of the state.
DESTROYED = 4


class BoardsGoneError(SpinnlabError):
    """The allocator has taken the boards back; says when, why, what is left, and the ways out."""


class Boards:
    """The job of this process. The published packages have one at a time."""

    def __init__(self, lease: Callable[[], Lease], owner: str) -> None:
        self._lease, self._owner = lease, owner
        self._job: int | None = None
        self._gone: str | None = None
        self._at_work = False
        self._lost: str | None = None  #: what the run that is under way has to say of its boards

    @property
    def are_gone(self) -> bool:
        return self._gone is not None

    @property
    def went_during_run(self) -> bool:
        """Whether the run that is under way has lost its boards, be they forgotten or not."""
        return self._at_work and self._lost is not None

    def were_given(self, job: int) -> None:
        """The published client has a new job, with boards."""
        self._job, self._gone = job, None

    def have_gone(self, job: int, reason: str | None) -> None:
        """The allocator has ended a job; tells the person, once."""
        if job == self._job and self._gone is None:
            at = time.strftime("%H:%M")
            self._gone = f"The boards were given back at {at}. {reason or 'Nobody said why.'}"
            if self._at_work:
                self._lost = self._gone  # the run ends with an error that says it
            else:
                say_once(self._gone)

    def are_forgotten(self) -> None:
        """The published packages no longer know of the job."""
        self._job = self._gone = None

    def look(self) -> None:
        """Asks the allocator, which also learns that the boards are wanted."""
        # What an allocator that is gone or older does not say, the published packages find out.
        with suppress(SpinnlabError, OSError, ValueError):
            self._tell(Path(self._lease().daemon.socket))

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Around a run: boards that wait while the host maps and loads are not idle."""
        over = threading.Event()
        teller = threading.Thread(
            target=self._keep_telling, args=(over,), name="spinnlab-boards", daemon=True
        )
        self._at_work, self._lost = True, None
        teller.start()
        try:
            yield
        finally:
            self._at_work = False
            over.set()

    def end(self) -> BoardsGoneError:
        """The error of what needs the boards, or the state that was on them."""
        if self._at_work:
            return BoardsGoneError(
                f"{self._lost} The run that was under way has ended, and what it recorded is gone. "
                "setup() begins a new simulation, in this kernel."
            )
        return BoardsGoneError(
            f"{self._gone} The state of the simulation was on them and is gone. What was recorded "
            "can still be read with get_data(). reset() and run() begin at 0 ms on new boards; "
            'the kernel "sPyNNaker" needs no boards and keeps its state.'
        )

    def _keep_telling(self, over: threading.Event) -> None:
        while not over.wait(BETWEEN_S):
            self.look()

    def _tell(self, daemon: Path) -> None:
        connection = Connection(daemon)
        try:
            connection.call("boards_wanted", self._owner)
            job = self._job
            if job is None:
                return
            status = connection.call("job_status", job)
        finally:
            connection.close()
        if status["state"] == DESTROYED:
            self.have_gone(job, status["reason"])
        left_s = status.get("time_left_s")
        if self._at_work and left_s is not None and left_s < LAST_S:
            say_once(
                f"job {job} loses its boards in {duration(left_s)}: an administrator limits "
                "the time that a job may have them (on a hub: limits.run_hours)."
            )
