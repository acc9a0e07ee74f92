# SPDX-License-Identifier: Apache-2.0
"""Notes on what was stopped, in a file of the person's, until they are read."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from spinnlab.programs import data_folder

logger = logging.getLogger("spinnlab.idle_stops")

#: A person who was away for a term reads no more than this; the newest stay.
MOST = 20


@dataclass(frozen=True)
class Note:
    """`what` was stopped at `unix_s` (seconds since 1970, UTC), and `why`, both in words."""

    what: str
    why: str
    unix_s: float


def for_how_long(seconds: float) -> str:
    """90 s are "2 minutes": as people say it, not exact."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{round(seconds)} seconds"
    if minutes < 120:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"{round(seconds / 3600)} hours"


class Notes:
    """The notes in a file; one that cannot be read or written costs the notes alone."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or data_folder() / "stopped.json"

    def all(self) -> list[Note]:
        """Oldest first."""
        try:
            read = json.loads(self.file.read_text(encoding="utf-8"))
            return [Note(str(n["what"]), str(n["why"]), float(n["unix_s"])) for n in read]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError) as error:
            logger.warning("The notes in %s cannot be read: %s", self.file, error)
            return []

    def add(self, note: Note) -> None:
        self._write([*self.all(), note][-MOST:])

    def forget(self, until_unix_s: float) -> None:
        """Forgets what was stopped until then: what came after the page was drawn stays."""
        self._write([note for note in self.all() if note.unix_s > until_unix_s])

    def _write(self, notes: Iterable[Note]) -> None:
        scratch = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps([asdict(note) for note in notes], indent=1) + "\n"
            scratch.write_text(text, encoding="utf-8")
            scratch.replace(self.file)
        except OSError as error:
            logger.warning("Notes on what was stopped cannot be kept: %s", error)
