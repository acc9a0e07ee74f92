# SPDX-License-Identifier: Apache-2.0
"""How many ARM instructions a second does a core execute, beside the prototype and qemu-arm?"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from measure import Figure, WrongResultError

#: Times the prototype's speed, in the same run.
LEAST_RATIO = 3.0


def measure(programs: Path) -> list[Figure]:
    done = subprocess.run(
        [str(programs / "bench_arm_kernels")], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise WrongResultError(done.stderr.strip() or done.stdout.strip())
    figures = []
    for kernel, speed in re.findall(r"^(\w+) +\d+ instructions +(\d+) M/s", done.stdout, re.M):
        line = next(text for text in done.stdout.splitlines() if text.startswith(kernel))
        figures.append(Figure(kernel, float(speed), "M instructions/s", more_is_better=True))
        for whose, limit in (("prototype", LEAST_RATIO), ("qemu-arm", None)):
            if ratio := re.search(rf"{whose} +\d+ \(x ([\d.]+)\)", line):
                name = f"{kernel} / {whose}"
                figures.append(Figure(name, float(ratio[1]), "times", limit, more_is_better=True))
    if not figures:
        raise WrongResultError(done.stdout.strip())
    # Which comparison there is, or why there is none, stands in the program's last line.
    if "SPINNLAB_PROTOTYPE" in done.stdout:
        print(done.stdout.splitlines()[-1])
    return figures
