# SPDX-License-Identifier: Apache-2.0
"""Outputs of cells survive a closed page: see README.md and decision 0027.

Imports nothing of Jupyter Server: the command `spinnlab` only needs the options.
"""

from __future__ import annotations


def server_options() -> list[str]:
    """Options of a Jupyter server that keeps outputs. Its managers of contents and of kernels must
    be, or come from, `KeptContents` and `KernelManager` of `spinnlab.kept_outputs.server`, which
    these do not name.
    """
    here = "spinnlab.kept_outputs.server"
    return [f"--ServerApp.kernel_websocket_connection_class={here}.KernelConnection"]
