# SPDX-License-Identifier: Apache-2.0
"""What does a board cost that nobody uses: memory after booting, and CPU time?

Once freshly booted, once more while it holds a network whose run has ended: its cores sleep, and
the system programs on it only poll.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from measure import BOARD_ADDRESSES, Figure, WrongResultError, boards, run_on, version

SECONDS = 5.0
MOST_RESIDENT_MB = 60.0
#: Of one core. The clock of /proc has ticks of 10 ms, so one tick in 5 s would show as 0.2 %.
MOST_CPU_PERCENT = 0.0


def measure(programs: Path) -> list[Figure]:
    with boards(programs) as board:
        if (answer := version(BOARD_ADDRESSES[0])) != "SC&MP/SpiNNaker":
            raise WrongResultError(f"a booted board calls itself {answer!r}")
        resident_mb = board.resident_mb()
        before_s = board.cpu_s()
        time.sleep(SECONDS)
        idle = (board.cpu_s() - before_s) / SECONDS * 100
        output = run_on("busy_cores.py", "1", "100", str(board.pid), str(SECONDS))
    found = re.search(r"idle_cpu_s ([\d.]+)", output)
    if found is None:
        raise WrongResultError(output[-2000:])
    loaded = float(found[1]) / SECONDS * 100
    return [
        Figure("memory of a booted board", resident_mb, "MB", MOST_RESIDENT_MB),
        Figure("CPU of a booted board", idle, "%", MOST_CPU_PERCENT),
        Figure("CPU of a board after a run", loaded, "%"),
    ]
