# SPDX-License-Identifier: Apache-2.0
"""System packages: named where they cannot be installed, nothing said where nothing is missing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "install_packages.sh"

#: Stand-ins for what the script asks: who we are, what is installed, and the installer itself.
PROGRAMS = {
    "id": 'echo "$STANDS_FOR_ID"',
    "dpkg-query": "printf 'cmake installed\\nninja-build installed\\nccache config-files\\n'",
    "apt-get": 'echo "$@" >>"$APT_LOG"',
}


@pytest.fixture
def install(tmp_path: Path):
    """install(user id, packages): exit code, output, and the calls of apt-get."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, body in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\n{body}\n")
        (programs / name).chmod(0o755)

    def run(user: int, *packages: str) -> tuple[int, str, list[str]]:
        wanted = tmp_path / "packages.txt"
        wanted.write_text("# a comment\n" + "\n".join(packages) + "\n")
        log = tmp_path / "apt.log"
        log.write_text("")
        done = subprocess.run(
            [str(SCRIPT), str(wanted)],
            env={
                "PATH": f"{programs}:{os.environ['PATH']}",
                "STANDS_FOR_ID": str(user),
                "APT_LOG": str(log),
            },
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr, log.read_text().splitlines()

    return run


def test_a_person_who_is_not_root_is_told_the_packages_and_the_command(install) -> None:
    code, output, calls = install(1000, "cmake", "chromium  # a browser", "ccache")
    assert code == 1
    assert "2 system packages are missing: chromium ccache" in output
    assert "sudo apt-get install chromium ccache" in output
    assert calls == []


def test_root_installs_what_is_missing_alone(install) -> None:
    code, output, calls = install(0, "cmake", "chromium", "ninja-build")
    assert code == 0, output
    assert [call.split()[-1] for call in calls] == ["chromium"]
    assert calls[0].startswith("install --yes")
    assert "cmake" not in calls[0]


@pytest.mark.parametrize("user", [0, 1000])
def test_nothing_is_said_or_done_where_nothing_is_missing(install, user: int) -> None:
    assert install(user, "cmake", "ninja-build") == (0, "", [])
