# SPDX-License-Identifier: Apache-2.0
"""What every notebook server of ours is told, on a laptop and on a hub."""

from __future__ import annotations

from spinnlab import idle_stops, kept_outputs, kernels, robotics

#: Seconds that a kernel has to end by itself before it is killed; at half of it, it is terminated.
#: Jupyter's 5 s would let a kernel that computes hold its boards longer than the 2 s we promise.
KERNEL_ENDS_S = 3.0


def server_options() -> list[str]:
    """Arguments for Jupyter Server."""
    return [
        f"--MultiKernelManager.default_kernel_name={kernels.SPYNNAKER}",
        f"--KernelManager.shutdown_wait_time={KERNEL_ENDS_S}",
        "--ServerApp.contents_manager_class=spinnlab.old_kernel_names.NotebookFiles",
        "--ServerApp.kernel_spec_manager_class=spinnlab.kernel_list.KernelList",
        "--TerminalsExtensionApp.terminal_manager_class=spinnlab.home_terminals.HomeTerminals",
        *kept_outputs.server_options(),
        *idle_stops.server_options(),
        f"--ServerApp.extra_services={[idle_stops.SERVICE, robotics.SERVICE]}",
    ]
