# SPDX-License-Identifier: Apache-2.0
"""Terminals of a server that no terminal was around when it was started, as on a hub."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

pytest.importorskip("jupyter_server_terminals")

from spinnlab.home_terminals import HomeTerminals

BASH = "/bin/bash"
pytestmark = pytest.mark.skipif(not Path(BASH).exists(), reason="no bash")


def answer(manager: HomeTerminals, command: str) -> str:
    """What a new terminal prints between two marks."""
    terminal = manager.new_terminal(cwd=str(Path.home()))
    process = terminal.ptyproc
    try:
        process.write(f"echo be'gin'; {command}; echo e'nd'; exit\n")
        printed = ""
        while "\nend" not in printed:
            printed += process.read(65536)
        return printed.replace("\r", "").split("begin\n")[-1].split("\nend")[0].strip()
    finally:
        process.terminate(force=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return tmp_path


def manager(shell: list[str]) -> HomeTerminals:
    asyncio.set_event_loop(asyncio.new_event_loop())
    return HomeTerminals(shell_command=shell)


def test_the_command_is_there_after_a_profile_that_sets_the_path(home: Path) -> None:
    (home / ".profile").write_text("PATH=/usr/bin:/bin\nexport OWN=mine\n")
    terminals = manager([BASH, "-l"])
    assert "function" in answer(terminals, "type -t spinnlab")
    assert answer(terminals, "echo $OWN") == "mine"
    assert answer(terminals, "spinnlab --version").startswith("spinnlab ")


def test_a_command_of_the_persons_own_comes_first(home: Path) -> None:
    (home / "bin").mkdir()
    own = home / "bin" / "spinnlab"
    own.write_text("#!/bin/sh\necho my own\n")
    own.chmod(0o755)
    (home / ".bash_profile").write_text('PATH="$HOME/bin:/usr/bin:/bin"\n')
    assert answer(manager([BASH, "-l"]), "spinnlab --version") == "my own"


def test_what_a_site_has_set_is_left_alone(home: Path) -> None:
    (home / ".profile").write_text("OWN=mine\n")
    assert answer(manager([BASH, "--norc"]), 'echo "[$OWN]"') == "[]"
