# SPDX-License-Identifier: Apache-2.0
"""PyNN's own system scenarios and back-end-neutral unit tests, on the native way.

They are read from the clone `PyNN` in the folder that `$SPINNLAB_UPSTREAM` names, as they are. A
test may fail because it needs what SpiNNaker or the native way says that it lacks, or for a reason
that is written down here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

UPSTREAM = os.environ.get("SPINNLAB_UPSTREAM", "")
SUITE = Path(UPSTREAM) / "PyNN" / "test"
SCENARIOS = ["system/scenarios"]
UNIT_TESTS = [
    f"unittests/test_{name}.py"
    for name in (
        "assembly", "connectors_serial", "lowlevelapi", "population", "populationview",
        "projection", "simulation_control",
    )
]  # fmt: skip
#: What errors say about something that is not there.
LACKS = ("that SpiNNaker does not have", "is not in the native way yet", "is neither in the native")
#: Failures for another reason, by the test's name.
IN_SCENARIOS = {
    "test_issue511": "spike times are sorted, as sPyNNaker does",
    "test_IF_curr_delta_voltage_step": "a potential is a multiple of 2^-15 mV",
    "test_fixed_number_pre_with_replacement": "of several synapses get() gives the last",
    "test_fixed_number_post_with_replacement": "the same",
    "test_issue622": "connections of views are told by the population's indexes",
    "test_issue231": 'min_delay="auto" is the time step',
    "test_reset_recording": "there is no sample at the end of a run",
    "test_sampling_interval": "there is no sample at the end of a run",
    "test_issue259": "spikes are at whole time steps",
}
IN_UNIT_TESTS = {
    "test_record_invalid_variable": "IF_curr_alpha records gsyn_exc",
    "test_get_multiple_params_no_gather": "it sets the state of PyNN's own mock",
    "test_set_random_distribution_parallel_safe": "the same",
    "test_set_random_distribution_parallel_unsafe": "the same",
}


def outcomes_of(tests: list[str], folder: Path) -> dict[str, tuple[str, str]]:
    file = folder / "outcomes.json"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "pynn_suite_plugin", "-p", "no:cacheprovider",
         "-q", *(str(SUITE / test) for test in tests)],
        cwd=folder,
        env=os.environ
        | {
            "SPINNLAB_OUTCOMES": str(file),
            "PYTHONPATH": str(Path(__file__).parent),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert file.exists(), done.stdout + done.stderr
    found: dict[str, tuple[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def name_of(test: str) -> str:
    return test.rsplit("::", maxsplit=1)[-1].partition("[")[0]


@pytest.mark.skipif(not SUITE.is_dir(), reason="SPINNLAB_UPSTREAM names no folder with clone PyNN")
@pytest.mark.parametrize(
    ("tests", "differences", "at_least"),
    [(SCENARIOS, IN_SCENARIOS, 20), (UNIT_TESTS, IN_UNIT_TESTS, 110)],
    ids=["scenarios", "unit tests"],
)
def test_what_fails_is_known(
    tests: list[str], differences: dict[str, str], at_least: int, tmp_path: Path
) -> None:
    outcomes = outcomes_of(tests, tmp_path)
    failed = {test: text for test, (outcome, text) in outcomes.items() if outcome == "failed"}
    others = {
        name_of(test): text
        for test, text in failed.items()
        if not any(lack in text for lack in LACKS)
    }
    counts = Counter(outcome for outcome, _ in outcomes.values())
    print(
        f"{dict(counts)}; {len(failed)} failed, of which {len(others)} tests for known differences"
    )
    assert others.keys() == differences.keys(), others
    assert counts["passed"] >= at_least
