# SPDX-License-Identifier: Apache-2.0
"""Reads spynnaker.cfg where there is one; nothing needs it.

What has no meaning for a software machine is accepted: one line says that no real machine is used,
and every unknown or removed option is named once.
"""

from __future__ import annotations

import configparser
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

logger = logging.getLogger("spinnlab")

#: Our own section and what stands in it.
OWN_SECTION = "SpiNNLab"
#: Options that name a real machine.
REAL_MACHINE = ("machinename", "spallocserver", "remotespinnakerurl", "bmpnames")
#: Sections of sPyNNaker; everything in them that we do not read has no effect here.
SECTIONS = (
    "machine", "simulation", "buffers", "reports", "mode", "mapping", "database", "recording",
    "energymonitor", "java", "logging", "specexecution", OWN_SECTION.lower(),
)  # fmt: skip
_told: set[str] = set()


@dataclass
class Settings:
    """What of the files matters here."""

    timestep_ms: float | None = None
    own: dict[str, Any] = field(default_factory=dict)


def files() -> list[Path]:
    """Files that are read, later ones win."""
    return [Path.home() / ".spynnaker.cfg", Path.cwd() / "spynnaker.cfg"]


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace(" ", "")


def _tell_once(text: str, *arguments: Any) -> None:
    line = text % arguments
    if line not in _told:
        _told.add(line)
        logger.warning("%s", line)


def read() -> Settings:
    """The settings of the files that are there."""
    settings = Settings()
    for file in files():
        if not file.is_file():
            continue
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            _tell_once("%s cannot be read and is left out: %s", file, error)
            continue
        for section in parser.sections():
            _take_section(settings, file, section, dict(parser.items(section)))
    return settings


def _take_section(settings: Settings, file: Path, section: str, options: dict[str, str]) -> None:
    if section.lower() not in SECTIONS:
        _tell_once("%s: the section [%s] is not known and has no effect", file, section)
        return
    for name, value in options.items():
        plain = _plain(name)
        if section.lower() == OWN_SECTION.lower():
            settings.own[name] = _value(value)
        elif plain in REAL_MACHINE and value.strip().lower() not in ("", "none", "false"):
            _tell_once("%s names a machine (%s): a software machine is used instead", file, value)
        elif plain == "simulationtimestep" and value.strip().lower() not in ("", "none"):
            settings.timestep_ms = float(value) / 1000
        elif plain == "violate1mswallclockrestriction":
            _tell_once("%s: %s was removed and has no effect", file, name)


def _value(text: str) -> Any:
    lowered = text.strip().lower()
    if lowered in ("true", "false"):
        return lowered == "true"
    return text.strip()
