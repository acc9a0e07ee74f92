# SPDX-License-Identifier: Apache-2.0
"""Starts scripts with the published sPyNNaker 7.4.1, each on boards of its own.

The original runs bare: `SPINNLAB_ORIGINAL_BARE=1`, nothing of its packages is wrapped. Boards come
from our daemon, one lease a script, unless `$SPINNLAB_BOARD` names the address of a board that
somebody has started (`spinnlab machine serve --board 0,0=ADDRESS`); then one script at a time may
run. `$SPINNLAB_ORIGINAL` names another environment of the original, `$SPINNLAB_BIN` another folder
of our programs.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
ENVIRONMENT = Path(os.environ.get("SPINNLAB_ORIGINAL", ROOT / ".envs" / "original-7.4.1"))
PROGRAMS = Path(os.environ.get("SPINNLAB_BIN", ROOT / "build" / "release" / "bin"))
PYTHON = ENVIRONMENT / "bin" / "python"
#: Scripts that check themselves, and `checks`, which they import.
FEATURES = HERE / "features"
#: Whether somebody's own board is used instead of one from the daemon.
FIXED_BOARD = "SPINNLAB_BOARD" in os.environ
#: Seconds after which a script is stopped; the slowest takes a quarter of it on a quiet machine.
TIME_OUT_S = 240
#: Seconds that the host waits for cores that are behind, since other tests share the processors.
OVERRUN_S = 600

needs_original = [
    pytest.mark.original,
    pytest.mark.skipif(
        not PYTHON.exists(), reason=f"no environment of the original at {ENVIRONMENT} (make deps)"
    ),
    pytest.mark.skipif(
        not (PROGRAMS / "spinnlab-machine").exists() and "SPINNLAB_BOARD" not in os.environ,
        reason=f"no spinnlab-machine in {PROGRAMS} (make build)",
    ),
]


def run(
    *words: str,
    folder: Path,
    configuration: Mapping[str, Mapping[str, str]] | None = None,
    variables: Mapping[str, str] | None = None,
    time_out_s: float = TIME_OUT_S,
) -> str:
    """Runs `words` (SCRIPT.py or -m MODULE, then arguments) in `folder`; returns both outputs.

    `configuration` (section -> option -> value) stands in the folder's spynnaker.cfg, which the
    original reads last. Fails the test with the end of the outputs otherwise.
    """
    if configuration:
        write_configuration(folder / "spynnaker.cfg", configuration)
    environment = {
        **os.environ,
        "SPINNLAB_ORIGINAL_BARE": "1",
        "SPINNLAB_BIN": str(PROGRAMS),
        **(variables or {}),
    }
    launcher = ["-m", "spinnlab_original.run"]
    if board := os.environ.get("SPINNLAB_BOARD"):
        launcher = []
        environment |= fixed_board(folder, board)
    done = subprocess.run(
        [str(PYTHON), *launcher, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=time_out_s,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(
            f"{' '.join(words)} ended with {done.returncode}\n"
            f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}",
            pytrace=False,
        )
    return done.stdout + done.stderr


def fixed_board(folder: Path, address: str) -> dict[str, str]:
    """Variables of an empty home in `folder` whose configuration names the board at `address`."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    machine = {
        "machine_name": address,
        "version": "5",
        "post_simulation_overrun_before_error": str(OVERRUN_S),
    }
    write_configuration(home / ".spynnaker.cfg", {"Machine": machine})
    nowhere = str(home / "none")
    return {"HOME": str(home), "XDG_CONFIG_HOME": nowhere, "XDG_CONFIG_DIRS": nowhere}


def write_configuration(file: Path, sections: Mapping[str, Mapping[str, str]]) -> None:
    """Writes an INI file."""
    lines: list[str] = []
    for section, options in sections.items():
        lines += [f"[{section}]", *(f"{name} = {value}" for name, value in options.items())]
    file.write_text("\n".join(lines) + "\n")
