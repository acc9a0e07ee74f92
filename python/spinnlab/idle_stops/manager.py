# SPDX-License-Identifier: Apache-2.0
"""Where Jupyter Server stops an idle kernel, and only there, a note is left for the person."""

from __future__ import annotations

import time

from spinnlab.idle_stops.activity import Activity
from spinnlab.idle_stops.notes import Note, Notes, for_how_long
from spinnlab.kept_outputs.server import KernelManager as KeepingManager


class KernelManager(KeepingManager):
    """The manager that keeps outputs, and says what it has stopped."""

    def start_watching_activity(self, kernel_id: str) -> None:
        super().start_watching_activity(kernel_id)
        kernel = self._kernels[kernel_id]
        kernel._activity_stream.on_recv(Activity(self, kernel).record)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        kernel = self._kernels[kernel_id]
        path = await self.keeper.path_of(kernel_id)
        limit_s = kernel.kernel_spec.metadata.get("cull_idle_timeout", self.cull_idle_timeout)
        was_dead = getattr(kernel, "execution_state", None) == "dead"
        await super().cull_kernel_if_idle(kernel_id)
        if kernel_id in self._kernels or was_dead:
            return
        name = kernel.kernel_spec.display_name
        what = f"The kernel {name} of {path}" if path else f"A kernel {name}"
        why = (
            f"it had nothing to do for {for_how_long(limit_s)}. Its variables are gone; files, "
            "outputs and recordings are kept."
        )
        Notes().add(Note(what, why, time.time()))
