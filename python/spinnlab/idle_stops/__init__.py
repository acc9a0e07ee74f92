# SPDX-License-Identifier: Apache-2.0
"""What people read about kernels and servers that are stopped because nobody uses them."""

from __future__ import annotations

#: Service of Jupyter Server that pages ask.
SERVICE = "spinnlab.idle_stops.handlers"


def server_options() -> list[str]:
    """Options of a Jupyter server whose pages know what is stopped."""
    here = "spinnlab.idle_stops"
    return [
        f"--ServerApp.kernel_manager_class={here}.manager.KernelManager",
    ]
