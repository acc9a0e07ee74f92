# SPDX-License-Identifier: Apache-2.0
"""The configuration the published packages read: ours, with what the person has set merged in.

Their order is defaults, ONE file of the person's (two are an error there), then the file in the
working directory. Ours takes the place of the one file and contains what all the person's files
say, later ones winning, except which machine to use.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from configparser import Error as ParserError
from configparser import RawConfigParser
from pathlib import Path

#: Base names of configuration files: sPyNNaker, SpiNNakerGraphFrontEnd, SpiNNMan scripts.
FILE_NAMES = ("spynnaker.cfg", "spiNNakerGraphFrontEnd.cfg", "spinnman.cfg")
#: Seconds that the host waits for late cores; a loaded host may run the machine slowly.
OVERRUN_S = 600
#: Marks a folder of ours, so that a session started by another one does not take it for a site's.
MARKER = ".spinnlab-session"

#: Values of [Machine] that say which machine to use, as normalised names, with "none" for each.
MACHINE_CHOICE: Mapping[str, str] = {
    "machinename": "None",
    "bmpnames": "None",
    "autodetectbmp": "False",
    "resetmachineonstartup": "False",
    "turnoffmachine": "False",
    "spallocserver": "None",
    "spallocport": "22244",
    "spallocuser": "None",
    "spallocmachine": "None",
    "spallocgroup": "None",
    "spallocheight": "None",
    "spallocwidth": "None",
    "spalloctriad": "None",
    "spallocphysical": "None",
    "spallocipaddress": "None",
    "remotespinnakerurl": "None",
    "version": "None",
    "width": "None",
    "height": "None",
}
#: Those of them that name a machine somewhere else.
NAMED_MACHINE = ("machinename", "spallocserver", "remotespinnakerurl")


def normalised(option: str) -> str:
    """Option names are compared as the published packages do: lower case, no underscores."""
    return option.lower().replace("_", "")


class Parser(RawConfigParser):
    """A configuration parser with normalised option names."""

    def optionxform(self, optionstr: str) -> str:
        return normalised(optionstr)


def is_none(value: str | None) -> bool:
    """Whether the published packages read the value as None."""
    return value is None or value.strip().lower() in ("", "none")


def is_true(value: str | None) -> bool:
    """Whether the published packages read the value as True."""
    return value is not None and value.strip().lower() in ("y", "yes", "t", "true", "on", "1")


def own_machine(port: int | None, owner: str) -> dict[str, str]:
    """[Machine] options, as normalised names, that send the host to our daemon."""
    return {
        **MACHINE_CHOICE,
        "spallocserver": "localhost",
        "spallocport": str(port if port is not None else 22244),
        "spallocuser": owner,
        "version": "5",
    }


def personal_files(file_name: str, environment: Mapping[str, str]) -> list[Path]:
    """Existing files of the person or the site for `file_name`, in the published order.

    The site's is looked for in the first folder of `XDG_CONFIG_DIRS` that is not a session's.
    """
    dot_name = "." + file_name
    home = Path(environment.get("HOME") or Path.home())
    sites = (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    site = next((s for s in sites if s and not (Path(s) / MARKER).exists()), "/etc/xdg")
    user = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    places = [Path(site) / dot_name, user / dot_name, home / dot_name]
    return [place for place in dict.fromkeys(places) if place.is_file()]


def read_personal(files: Iterable[Path]) -> tuple[Parser, list[str]]:
    """What the person's files say, without their choice of machine, and one note a machine named.

    A `machine_spec_file` is read right after the file that names it, as the published packages do.
    """
    merged = Parser()
    notes: list[str] = []
    pending = list(files)
    while pending:
        file = pending.pop(0)
        parser = Parser()
        try:
            parser.read(file, encoding="utf-8")
        except (ParserError, UnicodeDecodeError) as error:
            notes.append(f"{file} cannot be read and is left out: {' '.join(str(error).split())}")
            continue
        for option in NAMED_MACHINE:
            value = parser.get("Machine", option, fallback=None)
            if value is not None and not is_none(value):
                notes.append(machine_note(str(file), value))
        spec = parser.get("Machine", "machinespecfile", fallback=None)
        if spec is not None and not is_none(spec):
            pending.insert(0, Path(spec))
        _overlay(merged, parser)
    return merged, notes


def machine_note(source: str, machine: str) -> str:
    """The one line that says that a machine named in a file is not the one used."""
    return f"{source} names the machine {machine}; the software machine is used instead."


def _overlay(merged: Parser, parser: Parser) -> None:
    virtual = is_true(parser.get("Machine", "virtualboard", fallback=None))
    # A virtual board is no machine elsewhere: its size and version are the person's to choose.
    kept = {"version", "width", "height"} if virtual else set()
    for section in parser.sections():
        if not merged.has_section(section):
            merged.add_section(section)
        for option, value in parser.items(section):
            choice = section == "Machine" and (option in MACHINE_CHOICE or option in _SPEC_FILE)
            if not choice or option in kept:
                merged.set(section, option, value)


_SPEC_FILE = ("machinespecfile",)


def session_text(personal: Parser, machine: Mapping[str, str], sources: Iterable[Path]) -> str:
    """The text of our configuration file: the personal settings on our machine."""
    text = Parser()
    text.add_section("Machine")
    virtual = is_true(personal.get("Machine", "virtualboard", fallback=None))
    if not virtual:
        for option, value in machine.items():
            if value != MACHINE_CHOICE.get(option):
                text.set("Machine", option, value)
    for section in personal.sections():
        if not text.has_section(section):
            text.add_section(section)
        for option, value in personal.items(section):
            text.set(section, option, value)
    text.set("Machine", OVERRUN_OPTION, str(_overrun_s(personal)))
    lines = ["# Written for one process by SpiNNLab; merged from"]
    lines += [f"#   {source}" for source in sources] or ["#   nothing of yours"]
    for section in text.sections():
        lines += ["", f"[{section}]"]
        lines += [f"{option} = {value}" for option, value in text.items(section)]
    return "\n".join(lines) + "\n"


OVERRUN_OPTION = normalised("post_simulation_overrun_before_error")


def _overrun_s(personal: Parser) -> int:
    """The person's waiting time when it is longer than ours: theirs is about faster hardware."""
    wanted = personal.get("Machine", OVERRUN_OPTION, fallback="")
    return max(OVERRUN_S, int(wanted)) if wanted.isdigit() else OVERRUN_S
