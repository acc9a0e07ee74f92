# SPDX-License-Identifier: Apache-2.0
"""Wall time of the stages of a simulation, watched where the published packages keep their own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

#: Names of the stages in the order of a run.
STAGES = ("import", "machine", "mapping", "loading", "running", "reading")
#: Stage of each category of the published timer; what is not here belongs to none.
_STAGE_OF_CATEGORY = {
    "GET_MACHINE": "machine",
    "MAPPING": "mapping",
    "LOADING": "loading",
    "RUN_LOOP": "running",
}
#: Timed pieces of work that are a stage of their own inside another one.
_READING_WORK = "EXTRACT_DATA"
_MACHINE_ALGORITHM = "Transceiver"

_seconds = dict.fromkeys(STAGES, 0.0)


def seconds() -> dict[str, float]:
    """Wall time of each stage so far in this process, in seconds."""
    return dict(_seconds)


def line(whole_s: float) -> str:
    """One line of times: the stages, then the whole process."""
    parts = [f"{name} {_seconds[name]:.1f} s" for name in STAGES if _seconds[name] > 0]
    return "wall time: " + ", ".join([*parts, f"whole {whole_s:.1f} s"])


@contextmanager
def importing() -> Iterator[None]:
    """Counts the time inside as import; imports within imports count once."""
    with _counted("import"):
        yield


def watch_timer(fec_timer: ModuleType) -> None:
    """Follows the published timer's categories, and its timers of work that is reading."""
    timer = fec_timer.FecTimer
    change, stop = timer._change_category.__func__, timer.stop_category_timing.__func__
    enter, leave = timer.__enter__, timer.__exit__

    def _change_category(cls: Any, category: Any) -> None:
        _clock.switch(_STAGE_OF_CATEGORY.get(category.name))
        change(cls, category)

    def stop_category_timing(cls: Any) -> None:
        _clock.switch(None)
        stop(cls)

    def stage_of(self: Any) -> str | None:
        if self._work.name == _READING_WORK:
            return "reading"
        return "machine" if self._algorithm.startswith(_MACHINE_ALGORITHM) else None

    def __enter__(self: Any) -> Any:
        if stage := stage_of(self):
            _clock.begin(stage)
        return enter(self)

    def __exit__(self: Any, *error: Any) -> Any:
        if stage := stage_of(self):
            _clock.end(stage)
        return leave(self, *error)

    timer._change_category = classmethod(_change_category)
    timer.stop_category_timing = classmethod(stop_category_timing)
    timer.__enter__, timer.__exit__ = __enter__, __exit__


def watch_reading(recorder: ModuleType) -> None:
    """Counts `get_data` as reading."""
    extract = recorder.Recorder.extract_neo_block

    def extract_neo_block(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _counted("reading"):
            return extract(self, *args, **kwargs)

    recorder.Recorder.extract_neo_block = extract_neo_block


class _Clock:
    """Charges the time that passes to the innermost stage that is open."""

    def __init__(self) -> None:
        self._base: str | None = None
        self._open: list[str] = []
        self._since = time.perf_counter()

    def switch(self, stage: str | None) -> None:
        """Changes the stage that time belongs to while nothing inner is open."""
        self._charge()
        self._base = stage

    def begin(self, stage: str) -> None:
        self._charge()
        self._open.append(stage)

    def end(self, stage: str) -> None:
        self._charge()
        if stage in self._open:
            self._open.remove(stage)

    def _charge(self) -> None:
        now = time.perf_counter()
        stage = self._open[-1] if self._open else self._base
        if stage is not None:
            _seconds[stage] += now - self._since
        self._since = now


_clock = _Clock()


@contextmanager
def _counted(stage: str) -> Iterator[None]:
    _clock.begin(stage)
    try:
        yield
    finally:
        _clock.end(stage)
