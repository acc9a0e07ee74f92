# SPDX-License-Identifier: Apache-2.0
"""How fast are Vogels-Abbott, Brunel and the full microcircuit at 0.1 ms, beside their peers?

Real-time factors (wall time / model time, two threads), medians of runs in turns. Peers are asked
where they can be had: the prototype `delay_major.cpp` in `$SPINNLAB_PROTOTYPE`, compiled for this
processor, and its drivers `peers/*_bench.py` with NEST and Brian 2 in the Pythons that
`$SPINNLAB_NEST` and `$SPINNLAB_BRIAN` name.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measure import ROOT, SCENES, Figure, WrongResultError

THREADS = 2
DT_MS = 0.1
#: Times the prototype's time, in the same run.
MOST_RATIO = 1.3
#: Firing rates in Hz that a network of this kind has, over one second and more: the published ones
#: of the microcircuit (Potjans & Diesmann 2014) within a third, those of performance tables else.
BANDS = {
    "vogels_abbott": {"E": (4.5, 7.0), "I": (4.5, 7.0)},
    "brunel": {"E": (36.0, 41.5), "I": (36.0, 41.5)},
    "microcircuit": {
        "L23E": (0.57, 1.15),
        "L23I": (2.0, 4.0),
        "L4E": (2.9, 5.9),
        "L4I": (3.9, 7.9),
        "L5E": (5.0, 10.2),
        "L5I": (5.7, 11.5),
        "L6E": (0.72, 1.5),
        "L6I": (5.2, 10.5),
    },
}


@dataclass(frozen=True)
class Scene:
    """One network: how long it runs, how often, and what the prototype and the drivers call it."""

    name: str
    peer_name: str
    model_ms: float
    runs: int
    peers: tuple[str, ...]
    #: Model time of the slow peers; their real-time factor hardly depends on it.
    peer_ms: float = 1000.0


SCENES_ASKED = (
    Scene("vogels_abbott", "va", 10000.0, 5, ("nest", "brian")),
    Scene("brunel", "brunel", 2000.0, 5, ("nest", "brian")),
    Scene("microcircuit", "pd", 2000.0, 3, ()),
)


@dataclass
class Runs:
    """Real-time factors by who ran, and what our runs said."""

    factors: dict[str, list[float]] = field(default_factory=dict)
    said: list[dict[str, Any]] = field(default_factory=list)

    def add(self, who: str, factor: float) -> None:
        self.factors.setdefault(who, []).append(factor)


def json_line(words: list[str], **environment: str) -> dict[str, Any]:
    """The last line that a program prints, which is JSON."""
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    if done.returncode != 0:
        raise WrongResultError(f"{' '.join(words)}: {done.stderr.strip()[-2000:]}")
    line: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return line


def prototype() -> Path | None:
    """The compiled prototype, if its source is there."""
    folder = os.environ.get("SPINNLAB_PROTOTYPE")
    source = Path(folder or "/nowhere") / "delay_major.cpp"
    if not source.exists():
        print(
            "  no ratio to the prototype: $SPINNLAB_PROTOTYPE names no folder with delay_major.cpp"
        )
        return None
    program = ROOT / "build" / "prototype" / "delay_major"
    program.parent.mkdir(parents=True, exist_ok=True)
    words = ["g++", "-O3", "-march=native", "-fopenmp", "-std=c++20", str(source), "-lhwy"]
    subprocess.run([*words, "-o", str(program)], check=True)
    return program


def ours(scene: Scene) -> dict[str, Any]:
    python = ROOT / ".envs" / "spynnaker" / "bin" / "python"
    words = [str(python), str(SCENES / "networks.py"), scene.name]
    words += ["--dt", str(DT_MS), "--ms", str(scene.model_ms), "--threads", str(THREADS)]
    line = json_line(words)
    for population, (low, high) in BANDS[scene.name].items():
        if not low <= line["rates_hz"][population] <= high:
            raise WrongResultError(
                f"{scene.name}: {population} fires at {line['rates_hz'][population]} Hz, "
                f"not within {low} .. {high}"
            )
    return line


def peers(scene: Scene) -> Iterator[tuple[str, list[str]]]:
    drivers = Path(os.environ.get("SPINNLAB_PROTOTYPE", "/nowhere")) / "peers"
    for peer in scene.peers:
        python = os.environ.get(f"SPINNLAB_{peer.upper()}")
        if python is None or not drivers.is_dir():
            continue
        words = [python, str(drivers / f"{peer}_bench.py"), scene.peer_name]
        words += ["--threads", str(THREADS), "--dt", str(DT_MS), "--sim", str(scene.peer_ms)]
        yield peer, words


def run(scene: Scene, other: Path | None) -> Runs:
    runs = Runs()
    for _ in range(scene.runs):
        line = ours(scene)
        runs.add("ours", line["real_time_factor"])
        runs.said.append(line)
        if other is not None:
            words = [str(other), scene.peer_name, str(THREADS), str(DT_MS), str(scene.model_ms)]
            bound = {"OMP_PROC_BIND": "true", "OMP_PLACES": "cores"}
            runs.add("prototype", json_line(words, **bound)["rtf"])
        for peer, words in peers(scene):
            runs.add(peer, json_line(words)["rtf"])
    if len({line["digest"] for line in runs.said}) != 1:
        raise WrongResultError(f"{scene.name}: not the same spikes in every run")
    return runs


def figures(scene: Scene, runs: Runs) -> Iterator[Figure]:
    median = {who: statistics.median(factors) for who, factors in runs.factors.items()}
    yield Figure(f"{scene.name}", median["ours"] * 1000, "ms a second")
    yield Figure(f"{scene.name}, build", statistics.median(r["build_s"] for r in runs.said), "s")
    yield Figure(f"{scene.name}, memory", statistics.median(r["rss_mb"] for r in runs.said), "MB")
    if "prototype" in median:
        # Whoever else uses the computer slows single runs: pairs of neighbours are compared.
        ratios = [
            a / b for a, b in zip(runs.factors["ours"], runs.factors["prototype"], strict=True)
        ]
        ratio = statistics.median(ratios)
        yield Figure(f"{scene.name} / prototype", ratio, "times its time", MOST_RATIO)
    for peer in scene.peers:
        if peer in median:
            factor = median[peer] / median["ours"]
            yield Figure(f"{scene.name}, {peer}", factor, "times ours", more_is_better=True)


def measure(programs: Path) -> list[Figure]:
    del programs  # the engine is a Python module
    other = prototype()
    found: list[Figure] = []
    for scene in SCENES_ASKED:
        found += figures(scene, run(scene, other))
    return found
