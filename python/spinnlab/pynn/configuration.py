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

from spinnlab.pynn.errors import ConfigurationException

logger = logging.getLogger("spinnlab")

#: Our own section and what stands in it.
OWN_SECTION = "spinnlab"
OWN_OPTIONS = ("profile", "faithful", "seed", "rng", "threads", "executor", "strict")
#: Options that name a real machine.
REAL_MACHINE = (
    "machinename", "spallocserver", "remotespinnakerurl", "bmpnames", "spallocmachine",
)  # fmt: skip
#: Options that change results, and what they are called on a population.
OF_POPULATIONS = {
    "spikespersecond": "spikes_per_second",
    "ringbuffersigma": "ring_buffer_sigma",
    "ncolourbits": "n_colour_bits",
}
#: Sections of sPyNNaker with their options, without underscores. What is not read has no effect.
KNOWN = {
    "machine": """
        machinename version virtualboard width height spallocserver spallocport spallocuser
        spallocgroup spallocmachine spallocavoidboards spallocuseproxy remotespinnakerurl bmpnames
        autodetectbmp simulationtimestep timescalefactor downchips downcores downlinks
        maxsdramallowedperchip maxmachinecore postsimulationoverrunbeforeerror
        enableadvancedmonitorsupport disableadvancedmonitorusagefordatain enablereinjection
        resetmachineonstartup turnoffmachine repairmachine ignorebadethernets cleartags
        clearroutingtables jsonpath machinespecfile reportwaitinglogs versions""",
    "simulation": """
        spikespersecond ringbuffersigma incomingspikebuffersize droplatespikes
        transferoverheadclocks ncolourbits erroronnonspynnakerpynn""",
    "buffers": "useautopauseandresume minimumautotimesteps",
    "mode": "mode",
    "mapping": """
        compressor virtualcompressor precompressor placer router infoallocator
        runcompressionchecker validateroutesuncompressed routingtablegenerator delaysupportadder
        routertablecompressasfaraspossible externalbinaries validatejson
        routertablecompressionwithoutbitfielduseacceptance
        routertablecompressionwithbitfielduseacceptance""",
    "database": """
        createdatabase createroutinginfotoneuronidmapping listenport notifyport notifyhostname
        waitonconfirmation waitonconfirmationtimeout""",
    "recording": "livespikehost livespikeport",
    "energymonitor": "samplingfrequency nsamplesperrecordingentry",
    "java": "usejava javacall javaspinnakerpath javajarpath javaproperties",
    "logging": None,  # names of loggers
    "reports": None,  # a switch and a path for each report
    OWN_SECTION: " ".join(OWN_OPTIONS),
}
_told: set[str] = set()


@dataclass
class Settings:
    """What of the files matters here."""

    timestep_ms: float | None = None
    own: dict[str, Any] = field(default_factory=dict)
    of_populations: dict[str, Any] = field(default_factory=dict)
    #: Real machines, with the file that names each.
    machines: list[tuple[Path, str]] = field(default_factory=list)


def files() -> list[Path]:
    """Files that are read, later ones win."""
    return [Path.home() / ".spynnaker.cfg", Path.cwd() / "spynnaker.cfg"]


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace(" ", "")


def tell_once(text: str, *arguments: Any) -> None:
    """A warning that somebody reads once in a session."""
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
            tell_once("%s cannot be read and is left out: %s", file, error)
            continue
        for section in parser.sections():
            _take_section(settings, file, section, dict(parser.items(section)))
    if settings.machines:
        places = dict.fromkeys(str(file) for file, _ in settings.machines)
        tell_once(
            "%s %s a machine (%s): a software machine is used instead",
            " and ".join(places),
            "names" if len(places) == 1 else "name",
            ", ".join(dict.fromkeys(name for _, name in settings.machines)),
        )
    return settings


def _take_section(settings: Settings, file: Path, section: str, options: dict[str, str]) -> None:
    if section.lower() not in KNOWN:
        tell_once("%s: the section [%s] is not known and has no effect", file, section)
        return
    known = KNOWN[section.lower()]
    for name, text in options.items():
        plain, value = _plain(name), text.strip()
        if known is not None and plain not in known.split():
            tell_once(
                "%s: [%s] %s is not known, or was removed, and has no effect", file, section, name
            )
        elif value.lower() in ("", "none"):
            continue
        elif section.lower() == OWN_SECTION:
            settings.own[name] = value
        elif plain in REAL_MACHINE and value.lower() != "false":
            settings.machines.append((file, value))
        elif plain == "simulationtimestep":
            settings.timestep_ms = _number(file, section, name, value) / 1000
        elif plain in OF_POPULATIONS:
            number = _number(file, section, name, value)
            settings.of_populations[OF_POPULATIONS[plain]] = (
                int(number) if plain == "ncolourbits" else number
            )


def _number(file: Path, section: str, name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigurationException(
            f"{file}: [{section}] {name} is {text!r}: give a number."
        ) from None
