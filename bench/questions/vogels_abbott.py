# SPDX-License-Identifier: Apache-2.0
"""What does a network of 4,000 neurons and 320,000 synapses cost, loading included, for 200 ms?"""

from __future__ import annotations

from pathlib import Path
from statistics import median

from measure import Figure, WrongResultError, run_host

ROUNDS = 3
MOST_CPU_S = 2.5
#: Number and digest; all random numbers come from the populations' seeds.
SPIKES = "spikes 4214 af1a21d60644291c "


def measure(programs: Path) -> list[Figure]:
    runs = [run_host(programs, "vogels_abbott.py", bare=i % 2 == 0) for i in range(ROUNDS)]
    for run in runs:
        if SPIKES not in run.output:
            raise WrongResultError(f"not {SPIKES}:\n{run.output[-2000:]}")
    return [
        Figure("whole process", median(run.wall_s for run in runs[1::2]), "s"),
        Figure("emulator CPU", median(run.emulator_cpu_s for run in runs), "s", MOST_CPU_S),
    ]
