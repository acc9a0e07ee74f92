# SPDX-License-Identifier: Apache-2.0
"""One script a feature of sPyNNaker, checked on numbers by itself; see features/checks.py."""

from __future__ import annotations

import re
from pathlib import Path

import harness
import pytest

#: Modules that the scripts import.
HELPERS = {"checks", "lif_model"}
NAMES = sorted({path.stem for path in harness.FEATURES.glob("*.py")} - HELPERS)
#: Scripts that are run with settings other than the published ones too.
SETTINGS = {
    "synfire": {
        "without_advanced_monitors": {"Machine": {"enable_advanced_monitor_support": "False"}}
    },
    # The drawing of the network needs a program that the published packages do not ask for.
    "reports": {
        "debug": {
            "Mode": {"mode": "Debug"},
            "Reports": {"write_energy_report": "True", "write_network_graph": "False"},
        }
    },
}
CASES = [(name, None) for name in NAMES] + [
    (name, setting) for name, settings in SETTINGS.items() for setting in settings
]

pytestmark = harness.needs_original


@pytest.mark.parametrize(
    ("name", "setting"), CASES, ids=[name if s is None else f"{name}-{s}" for name, s in CASES]
)
def test_numbers(name: str, setting: str | None, tmp_path: Path) -> None:
    configuration = SETTINGS[name][setting] if setting else None
    script = str(harness.FEATURES / f"{name}.py")
    output = harness.run(script, folder=tmp_path, configuration=configuration)
    found = re.search(r"^(\d+) checks are right$", output, re.MULTILINE)
    assert found, f"{name} ended without checks.finish():\n{output[-2000:]}"
    assert int(found.group(1)) > 0
