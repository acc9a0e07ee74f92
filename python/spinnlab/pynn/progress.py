# SPDX-License-Identifier: Apache-2.0
"""The line that a long run shows: model time, real-time factor, spikes a second, what remains."""

from __future__ import annotations

import logging
import sys
from types import TracebackType
from typing import Any

logger = logging.getLogger("spinnlab")

#: Runs shorter than this show nothing.
QUIET_S = 1.0
#: Between two looks of a terminal or notebook.
BETWEEN_S = 0.25


class ProgressLine:
    """Given to the core as the callback of a run; a context that clears its line at the end."""

    def __init__(self, dt_ms: float) -> None:
        self.dt_ms = dt_ms
        self.shown_s = 0.0
        self.width = 0
        self.first_step: int | None = None
        notebook = "ipykernel" in sys.modules
        self.visible = notebook or sys.stderr.isatty()

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._clear()

    def _clear(self) -> None:
        if self.width:
            sys.stderr.write("\r" + " " * self.width + "\r")
            sys.stderr.flush()
            self.width = 0

    def interrupted_by(self, warning: str) -> None:
        """Puts a warning above the line."""
        self._clear()
        logger.warning(warning)

    def __call__(self, progress: Any) -> bool:
        if self.first_step is None:
            self.first_step = progress.step
        if self.visible and progress.wall_s >= max(QUIET_S, self.shown_s + BETWEEN_S):
            self.shown_s = progress.wall_s
            text = self.text(progress)
            sys.stderr.write("\r" + text.ljust(self.width))
            sys.stderr.flush()
            self.width = len(text)
        return True

    def text(self, progress: Any) -> str:
        """One line, e.g. `1,240 of 5,000 ms, 0.8 x real time, 1.2 M spikes/s, 4 s to go`."""
        now_ms, end_ms = progress.step * self.dt_ms, progress.end_step * self.dt_ms
        done_ms = (progress.step - (self.first_step or 0)) * self.dt_ms
        factor = done_ms / 1000 / progress.wall_s
        rate = progress.spikes / progress.wall_s
        left_s = (end_ms - now_ms) / 1000 / factor if factor else float("inf")
        return (
            f"{now_ms:,.0f} of {end_ms:,.0f} ms, {factor:.2g} x real time, "
            f"{rate:,.0f} spikes/s, {left_s:.0f} s to go"
        )
