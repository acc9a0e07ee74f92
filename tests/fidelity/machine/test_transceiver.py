# SPDX-License-Identifier: Apache-2.0
"""SpiNNMan's Transceiver alone against a board of ours: one test a function of the check
scripts.
"""

import json
import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.original, pytest.mark.timeout(300)]

HERE = Path(__file__).parent


def checks_of(script: str) -> list[str]:
    return re.findall(r"^def (check_\w+)", (HERE / script).read_text(), re.MULTILINE)


def outcomes(
    script, tmp_path_factory, run_published, address, arm_programs
) -> dict[str, str | None]:
    result = tmp_path_factory.mktemp("transceiver") / "result.json"
    run_published(script, address, str(arm_programs), str(result))
    return json.loads(result.read_text())


@pytest.fixture(scope="module")
def board_outcomes(tmp_path_factory, run_published, serve, arm_programs):
    with serve("--width", "8", "--height", "8", "--version", "5") as address:
        yield outcomes(
            "transceiver_checks.py", tmp_path_factory, run_published, address, arm_programs
        )


@pytest.fixture(scope="module")
def small_board_outcomes(tmp_path_factory, run_published, serve, arm_programs):
    with serve("--width", "2", "--height", "2", "--version", "3") as address:
        yield outcomes(
            "small_board_checks.py", tmp_path_factory, run_published, address, arm_programs
        )


@pytest.fixture(scope="module")
def unbooted_board_outcomes(tmp_path_factory, run_published, serve, arm_programs):
    with serve("--width", "8", "--height", "8", "--version", "5", "--unbooted") as address:
        yield outcomes(
            "unbooted_board_checks.py", tmp_path_factory, run_published, address, arm_programs
        )


@pytest.mark.parametrize("check", checks_of("transceiver_checks.py"))
def test_board_of_48_chips(board_outcomes, check):
    assert board_outcomes[check] is None, board_outcomes[check]


@pytest.mark.parametrize("check", checks_of("small_board_checks.py"))
def test_board_of_4_chips(small_board_outcomes, check):
    assert small_board_outcomes[check] is None, small_board_outcomes[check]


@pytest.mark.parametrize("check", checks_of("unbooted_board_checks.py"))
def test_unbooted_board(unbooted_board_outcomes, check):
    assert unbooted_board_outcomes[check] is None, unbooted_board_outcomes[check]
