# SPDX-License-Identifier: Apache-2.0
"""A kernel that ends at once when it is shut down, also in the middle of a cell.

An ordinary ipykernel goes on computing until its manager loses patience, two and a half seconds
later.
"""

# Imports nothing of `spinnlab.pynn`: a kernel sets up plotting before PyNN may import it.
from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from spinnlab import private_pipe


def launch(at_shutdown: Callable[[], None] | None = None) -> None:
    """Runs the kernel of this process to its end. `at_shutdown` is called by the thread that hears
    of the shutdown, while a cell may still be running in another one.
    """
    from ipykernel import kernelapp
    from ipykernel.ipkernel import IPythonKernel

    private_pipe.use()

    class PromptKernel(IPythonKernel):  # type: ignore[misc]
        def do_shutdown(self, restart: bool) -> Any:
            try:
                if at_shutdown is not None:
                    at_shutdown()
            finally:
                # Interrupts the cell; between cells a kernel ignores it.
                os.kill(os.getpid(), signal.SIGINT)
            return super().do_shutdown(restart)

    kernelapp.launch_new_instance(kernel_class=PromptKernel)
