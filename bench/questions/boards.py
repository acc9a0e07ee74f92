# SPDX-License-Identifier: Apache-2.0
"""What does one time step of one busy core cost, on 1 and 3 boards?"""

from __future__ import annotations

from pathlib import Path

from busy import measure_busy
from measure import Figure


def measure(programs: Path) -> list[Figure]:
    one = measure_busy(programs, n_boards=1)
    three = measure_busy(programs, n_boards=3)
    return [
        Figure("CPU, 1 board", one.cpu_us, "us/core/step"),
        Figure("CPU, 3 boards", three.cpu_us, "us/core/step"),
    ]
