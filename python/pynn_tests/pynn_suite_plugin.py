# SPDX-License-Identifier: Apache-2.0
"""Lets PyNN's own tests run on the native way; a pytest plugin for test_pynn_suites.py.

Scenarios ask for simulators by name and unit tests for `pyNN.mock`: both get `pyNN.spiNNaker`.
Outcomes are written to the file that `$SPINNLAB_OUTCOMES` names: test to [outcome, last line].
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pyNN
import pyNN.spiNNaker as sim
import pytest

outcomes: dict[str, tuple[str, str]] = {}


def pytest_configure() -> None:
    sys.modules["pyNN.mock"] = sim
    pyNN.mock = sim


def pytest_generate_tests(metafunc: Any) -> None:
    """Scenarios are parametrised with simulators that are not installed: ours instead."""
    for mark in list(metafunc.definition.iter_markers("parametrize")):
        if mark.args and mark.args[0] == "sim":
            metafunc.definition.own_markers.remove(mark)
            metafunc.parametrize("sim", [pytest.param(sim, id="spiNNaker")])


def pytest_runtest_logreport(report: Any) -> None:
    if report.when == "call" or report.outcome != "passed":
        crash = getattr(report.longrepr, "reprcrash", None)
        text = crash.message if crash is not None else str(report.longrepr or "")
        outcomes[report.nodeid.split("/")[-1]] = (report.outcome, text)


def pytest_sessionfinish() -> None:
    Path(os.environ["SPINNLAB_OUTCOMES"]).write_text(json.dumps(outcomes), encoding="utf-8")
