# SPDX-License-Identifier: Apache-2.0
"""Stops servers that nobody uses; asks the allocator first: a kernel that computes is quiet.

A service of the hub: jupyterhub-idle-culler with our word in whether a server may be stopped. What
was stopped is noted: the person reads it on the hub's page and, once the server runs again, above
the list of files. A page that is open counts as use, so nobody has to be warned.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import logging
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from spinnlab.errors import AllocationError
from spinnlab.hub import inner_tls, settings, unix_users
from spinnlab.hub.allocator import Allocator
from spinnlab.hub.settings import HubSettings
from spinnlab.hub.stop_notes import stop_notes
from spinnlab.idle_stops.notes import Note, for_how_long

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Unused:
    """Who has neither used their server nor computed in it for long.

    A run that ends is no reason to stop what it ended in: the time counts from there, and from the
    start of this service for who computed before it.
    """

    def __init__(self, allocator: Allocator, clock: Callable[[], float] = time.monotonic) -> None:
        self._allocator = allocator
        self._clock = clock
        self._began = clock()
        self._computed: dict[str, float] = {}

    def may_stop(self, person: str, inactive: timedelta, limit_s: float) -> bool:
        """False while something of the person computes or waits for boards, or nobody can tell."""
        if inactive.total_seconds() < limit_s:
            return False
        try:
            computes = asyncio.run(self._allocator.is_computing(unix_users.unix_name(person)))
        except AllocationError as error:
            log.warning("%s's server is left alone: %s", person, error)
            return False
        if computes:
            self._computed[person] = self._clock()
            return False
        return self._clock() - self._computed.get(person, self._began) >= limit_s


def note_stop(hub: HubSettings, person: str, inactive: timedelta) -> None:
    """For the person, who is not there."""
    why = f"nobody had used it for {for_how_long(inactive.total_seconds())}. All files are kept."
    stop_notes(hub, person).add(Note("Your server", why, time.time()))


def end_with_the_hub() -> None:
    """A hub that is killed with -9 takes its service along; the next hub starts one of its own."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main() -> None:
    end_with_the_hub()
    parser = argparse.ArgumentParser(prog="python -m spinnlab.hub.idle", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    hub = settings.load(parser.parse_args().folder)
    allocator = Allocator(hub.allocator_socket)

    from concurrent.futures import ThreadPoolExecutor

    from jupyterhub_idle_culler import IdleCuller

    threads = ThreadPoolExecutor(max_workers=1)
    unused = Unused(allocator)

    def arbiter(
        *, inactive: timedelta, inactive_limit: float, server: dict[str, Any], **_: Any
    ) -> bool:
        # .../user/NAME/ ; the culler's own loop must not be entered twice, hence the thread.
        person = unquote(server["url"].rstrip("/").rsplit("/", 1)[-1])
        stops = threads.submit(unused.may_stop, person, inactive, inactive_limit).result()
        if stops:
            note_stop(hub, person, inactive)
        return stops

    culler = IdleCuller.instance()
    culler.timeout = round(hub.idle.server_minutes * 60)
    culler.cull_every = max(1, round(hub.idle.look_every_s))
    culler.cull_arbiter_hook = arbiter
    culler.ssl_enabled = hub.site.inner_tls
    culler.internal_certs_location = str(inner_tls.folder(hub))
    culler.initialize([])
    culler.start()


if __name__ == "__main__":
    main()
