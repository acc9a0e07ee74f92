# SPDX-License-Identifier: Apache-2.0
"""Tests of the native PyNN back end; they run in its environment, `.envs/spynnaker`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


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
