# SPDX-License-Identifier: Apache-2.0
"""What does one time step of one busy core cost, on 1 and 2 threads?"""

from __future__ import annotations

from pathlib import Path

from busy import measure_busy
from measure import Figure


def measure(programs: Path) -> list[Figure]:
    one = measure_busy(programs, threads=1)
    two = measure_busy(programs, threads=2)
    return [
        Figure("CPU, 1 thread", one.cpu_us, "us/core/step"),
        Figure("CPU, 2 threads", two.cpu_us, "us/core/step"),
        Figure("wall, 1 thread", one.wall_us, "us/core/step"),
        Figure("wall, 2 threads", two.wall_us, "us/core/step"),
    ]
