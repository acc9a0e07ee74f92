# SPDX-License-Identifier: Apache-2.0
"""Stops servers that nobody uses; asks the allocator first: a kernel that computes is quiet.

A service of the hub: jupyterhub-idle-culler with our word in whether a server may be stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import logging
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

from spinnlab.errors import AllocationError
from spinnlab.hub import settings, unix_users
from spinnlab.hub.allocator import Allocator

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def may_stop(allocator: Allocator, person: str, inactive: timedelta, limit_s: float) -> bool:
    """False while something of the person computes or waits for boards, or nobody can tell."""
    if inactive.total_seconds() < limit_s:
        return False
    try:
        return not asyncio.run(allocator.is_computing(unix_users.unix_name(person)))
    except AllocationError as error:
        log.warning("%s's server is left alone: %s", person, error)
        return False


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

    def arbiter(
        *, inactive: timedelta, inactive_limit: float, server: dict[str, Any], **_: Any
    ) -> bool:
        # .../user/NAME/ ; the culler's own loop must not be entered twice, hence the thread.
        person = server["url"].rstrip("/").rsplit("/", 1)[-1]
        return threads.submit(may_stop, allocator, person, inactive, inactive_limit).result()

    culler = IdleCuller.instance()
    culler.timeout = hub.idle.server_minutes * 60
    culler.cull_every = hub.idle.look_every_s
    culler.cull_arbiter_hook = arbiter
    culler.initialize([])
    culler.start()


if __name__ == "__main__":
    main()
