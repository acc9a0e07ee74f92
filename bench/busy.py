# SPDX-License-Identifier: Apache-2.0
"""The scene of the questions about threads and boards: cores that are busy in every step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from measure import WrongResultError, boards, run_on

STEPS = 1000
#: Faster than the host can execute: the clock on the wall sets no limit.
NO_PACE = 1000
#: Digest of the spikes of a board; the network holds no random number.
SPIKES = "108266ffd7e8b648"


@dataclass(frozen=True)
class Busy:
    """CPU and wall time of one step of one core."""

    cpu_us: float
    wall_us: float


def measure_busy(programs: Path, n_boards: int = 1, threads: int = 1) -> Busy:
    """Runs the scene; its spikes must not depend on the number of boards or threads."""
    with boards(programs, n_boards, threads, NO_PACE) as board:
        output = run_on(
            "busy_cores.py", str(n_boards), str(STEPS), str(board.pid), n_boards=n_boards
        )
    found = re.search(
        r"^cores (\d+) cpu_s ([\d.]+) wall_s ([\d.]+) spikes (.*)$", output, re.MULTILINE
    )
    if found is None:
        raise WrongResultError(output[-2000:])
    core_steps = int(found[1]) * STEPS
    if found[4].split() != [SPIKES] * n_boards:
        raise WrongResultError(f"spikes {found[4]}, not {SPIKES} on each board")
    return Busy(float(found[2]) / core_steps * 1e6, float(found[3]) / core_steps * 1e6)
