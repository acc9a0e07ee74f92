# SPDX-License-Identifier: Apache-2.0
"""Where recordings of runs stand, and how those of a killed run are read.

`runs()` lists what is there, oldest first; `runs()[-1].get_data("population")` reads it, while the
run goes on or after it was killed.
"""

from __future__ import annotations

import atexit
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from spinnlab import _core

#: Recordings kept from runs that have ended; older ones are removed.
KEPT = 10
SUFFIX = ".spinnrec"


def folder() -> Path:
    """`$SPINNLAB_RUNS`, else below the user's data folder."""
    chosen = os.environ.get("SPINNLAB_RUNS")
    if chosen:
        return Path(chosen)
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(data) / "spinnlab" / "runs"


def recording_path() -> str | None:
    """A file for a new run; None (memory) where the folder cannot be written."""
    where = folder()
    try:
        where.mkdir(parents=True, exist_ok=True)
        _remove_old(where)
    except OSError:
        return None
    if not os.access(where, os.W_OK):
        return None
    stamp = time.strftime("%Y%m%d-%H%M%S")
    path = where / f"{stamp}-{os.getpid()}-{time.monotonic_ns() % 10**9:09d}{SUFFIX}"
    return str(path)


def _owner_lives(path: Path) -> bool:
    try:
        os.kill(int(path.name.split("-")[2]), 0)
    except (IndexError, ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _remove_old(where: Path) -> None:
    ended = [p for p in sorted(where.glob(f"*{SUFFIX}")) if not _owner_lives(p)]
    for path in ended[: max(0, len(ended) - KEPT)]:
        path.unlink(missing_ok=True)


def remove_at_exit(path: str | None) -> None:
    """A process that ends by itself leaves no recordings behind."""
    if path is not None:
        atexit.register(lambda: Path(path).unlink(missing_ok=True))


class PastRun:
    """The recordings of one run in its file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"<run {self.path.stem}>"

    @property
    def populations(self) -> list[str]:
        """Labels of the populations that recorded something."""
        file = _core.RecordingFile.open(str(self.path))
        return list(dict.fromkeys(stream["population"] for stream in file.streams))

    def get_data(self, population: str | None = None) -> dict[str, Any]:
        """(steps, neurons) of spikes, (steps, values) of samples, by variable.

        Of one population, or of all by label.
        """
        file = _core.RecordingFile.open(str(self.path))
        found: dict[str, dict[str, Any]] = {}
        for stream in file.streams:
            label, variable = stream["population"], stream["variable"]
            of_population = found.setdefault(label, {})
            if variable == "spikes":
                of_population[variable] = file.spikes(label)
            else:
                steps, values = file.samples(label, variable)
                of_population[variable] = (steps, np.asarray(values) / 32768.0)
        return found if population is None else found[population]


def runs() -> list[PastRun]:
    """Runs whose recordings are there, oldest first."""
    return [PastRun(path) for path in sorted(folder().glob(f"*{SUFFIX}"))]
