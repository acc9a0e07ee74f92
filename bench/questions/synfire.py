# SPDX-License-Identifier: Apache-2.0
"""How much longer does the synfire network take on our board than with virtual_board = True?

Whole processes from start to exit, one after the other in turns, so that whatever else the
computer does meets all of them alike; medians. A virtual board maps and loads nothing.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

from measure import Figure, HostRun, WrongResultError, run_host

ROUNDS = 5
#: Seconds above the virtual board. Bare, the host sleeps 2.1 s of its time.
MOST_ABOVE_VIRTUAL_S = 2.0
MOST_CPU_S = 0.7


def measure(programs: Path) -> list[Figure]:
    runs: dict[str, list[HostRun]] = {"virtual": [], "bare": [], "ours": []}
    for _ in range(ROUNDS):
        for name, done in runs.items():
            run = run_host(programs, "synfire.py", virtual=name == "virtual", bare=name == "bare")
            if name != "virtual" and "spikes 4400 as computed" not in run.output:
                raise WrongResultError(run.output[-2000:])
            done.append(run)

    def wall_s(name: str) -> float:
        return median(run.wall_s for run in runs[name])

    above = {name: wall_s(name) - wall_s("virtual") for name in ("bare", "ours")}
    cpu_s = median(run.emulator_cpu_s for run in runs["bare"] + runs["ours"])
    return [
        Figure("virtual board, whole process", wall_s("virtual"), "s"),
        Figure("bare, whole process", wall_s("bare"), "s"),
        Figure("whole process", wall_s("ours"), "s"),
        Figure("bare, above virtual board", above["bare"], "s"),
        Figure("above virtual board", above["ours"], "s", MOST_ABOVE_VIRTUAL_S),
        Figure("emulator CPU", cpu_s, "s", MOST_CPU_S),
    ]
