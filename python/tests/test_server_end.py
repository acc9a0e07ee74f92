# SPDX-License-Identifier: Apache-2.0
"""A server that is stopped in the middle of a request ends, which AnyIO alone does not see to."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("anyio") is None, reason="no Jupyter Server beside this Python"
)

#: What Jupyter Server does: a request reads a file, then waits; meanwhile its loop stops.
STOPPED = """
import asyncio, os
import anyio.to_thread
from contextlib import nullcontext
from spinnlab.server_end import ends

async def request():
    await anyio.to_thread.run_sync(os.getcwd)
    loop.stop()
    await asyncio.Event().wait()

with {around}:
    loop = asyncio.new_event_loop()
    task = loop.create_task(request())
    loop.run_forever()
    loop.close()
print("stopped", flush=True)
"""


def stop(around: str, timeout_s: float) -> str:
    run = subprocess.run(
        [sys.executable, "-c", STOPPED.format(around=around)],
        capture_output=True, text=True, timeout=timeout_s, check=True,
    )  # fmt: skip
    return run.stdout


def test_the_process_ends() -> None:
    assert stop("ends()", timeout_s=60) == "stopped\n"


def test_by_itself_it_waits() -> None:
    """Else server_end would be good for nothing any more."""
    with pytest.raises(subprocess.TimeoutExpired) as found:
        stop("nullcontext()", timeout_s=5)
    assert found.value.stdout == b"stopped\n"
