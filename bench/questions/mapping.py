# SPDX-License-Identifier: Apache-2.0
"""How long does it take to map 40,000 cores on the machine of 57,600 chips?"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from measure import Figure, WrongResultError

#: What the program prints of each scene, and how the figure is called.
STAGES = {"compile": "compiled", "check": "every key followed", "trace": "who hears whom"}
SCENES = {"ring": "40,000 cores", "recurrent": "2,000 chips, all to all"}
#: The published packages map the first scene in 8.53 s (tests/golden/mapping-7.4.1/README.md).
LIMITS_MS = {("ring", "compile"): 8530.0}


def measure(programs: Path) -> list[Figure]:
    done = subprocess.run(
        [str(programs / "bench_mapping")], capture_output=True, text=True, check=False
    )
    # The program follows every key and fails where one goes wrong.
    if done.returncode != 0 or "ring cores 40000" not in done.stdout:
        raise WrongResultError(done.stderr.strip() or done.stdout.strip())
    figures = []
    for scene, stage, ms in re.findall(r"^(\w+) (\w+) ([\d.]+)$", done.stdout, re.M):
        if stage in STAGES:
            name = f"{SCENES[scene]}, {STAGES[stage]}"
            figures.append(Figure(name, float(ms), "ms", limit=LIMITS_MS.get((scene, stage))))
    return figures
