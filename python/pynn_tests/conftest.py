# SPDX-License-Identifier: Apache-2.0
"""Tests of the native PyNN back end; they run in its environment, `.envs/spynnaker`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def run_script(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """run_script("script.py", ...): what `spinnlab run` does with a script in the test's folder."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "spinnlab.pynn.script", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(autouse=True)
def fresh_simulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test begins without a simulation, in a folder and with recordings of its own."""
    from spinnlab.pynn import simulator

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SPINNLAB_RUNS", str(tmp_path / "runs"))
    simulator.new_state()
    yield
    os.chdir("/")
