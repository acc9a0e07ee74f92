# SPDX-License-Identifier: Apache-2.0
"""What does one IF_curr_exp neuron cost in a step, with shared and with own parameters?"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from measure import Figure, WrongResultError

#: Neurons of the scene whose figures count: what one thread has in the full microcircuit on two.
NEURONS = 38585


def measure(programs: Path) -> list[Figure]:
    done = subprocess.run(
        [str(programs / "bench_neuron_kernels")], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise WrongResultError(done.stderr.strip() or done.stdout.strip())
    lines = re.findall(rf"^\w+ +{NEURONS} +(\w+) +(\S+) +([\d.]+)$", done.stdout, re.M)
    if not lines:
        raise WrongResultError(done.stdout.strip())
    return [Figure(f"{kind}, {isa}", float(ns), "ns") for kind, isa, ns in lines]
