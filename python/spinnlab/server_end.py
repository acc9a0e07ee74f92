# SPDX-License-Identifier: Apache-2.0
"""A server that is stopped in the middle of a request ends all the same.

Jupyter Server reads files in AnyIO's worker threads. Each ends with the task that asked first; a
task that still waits when the server's loop stops, such as the start of a kernel, never ends, and
Python then waits for the thread without end (seen with AnyIO 4.16 and Jupyter Server 2.21).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

WORKER = "AnyIO worker thread"


@contextmanager
def ends() -> Iterator[None]:
    """Around a server's whole life: what its loop has left behind does not keep the process."""
    try:
        yield
    finally:
        for thread in threading.enumerate():
            if thread.name == WORKER and (stop := getattr(thread, "stop", None)):
                stop()
