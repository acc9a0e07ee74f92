# SPDX-License-Identifier: Apache-2.0
"""How does a hub bear a class: 20 people who sign in at once, 40 who think, 10 who compute?

A hub of its own with a Unix user each (so only root can ask). One person signs in and runs the
synfire notebook to its picture; twenty sign in at once and wait for their servers; forty have a
kernel with sPyNNaker imported, and the memory of all is summed up (shared pages shared out); ten
run the synfire network in a loop while an eleventh computes 1 + 1.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from measure import ROOT, Figure, WrongResultError

sys.path.insert(0, str(ROOT / "tests" / "system" / "hub"))

IDLE, AT_ONCE, AT_WORK = 40, 20, 10
WORK_S = 20.0
MOST_LOGIN_S, MOST_FIRST_PLOT_S, MOST_IDLE_GIB, MOST_IDLE_MIB = 45.0, 30.0, 9.0, 220.0
MOST_PAGE_MS, MOST_API_MS, MOST_TRIP_MS, MOST_SLOWER = 1000.0, 300.0, 500.0, 3.0


def p95(values: list[float]) -> float:
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def timed(what: Callable[[], Any]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def synfire() -> str:
    """The code of the prepared notebook."""
    notebook = json.loads((ROOT / "examples" / "SynfireExample.ipynb").read_text())
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    return "\n".join(cells)


def run_synfire(kernel: Any) -> float:
    began = time.perf_counter()
    said = kernel.run(synfire() + "\nplt.close('all')")
    if "4,400 spikes" not in said:
        raise WrongResultError(f"synfire said {said[-500:]!r}")
    return time.perf_counter() - began


def memory_mib(of: Callable[[int], bool]) -> float:
    """Proportional memory of all processes of Unix users that `of` chooses."""
    total = 0.0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if not of(process.stat().st_uid):
                continue
            for line in (process / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) / 1024
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def measure(_programs: Path) -> list[Figure]:
    import lab_hub

    if os.geteuid() != 0:
        raise WrongResultError("people of a hub are Unix users: only root can ask this")
    with tempfile.TemporaryDirectory(prefix="spinnlab-bench-") as name:
        hub = lab_hub.make_hub(Path(name) / "hub")
        names = [f"tbench{number}" for number in range(IDLE + 1)]
        try:
            hub.start()
            hub.add(*names)
            return _measure(hub, names)
        finally:
            hub.remove()


def _measure(hub: Any, names: list[str]) -> list[Figure]:
    people = [hub.person(name) for name in names]
    kernels = []

    def first_plot() -> None:
        people[0].sign_in()
        people[0].start()
        kernels.append(people[0].new_kernel())
        if "<picture>" not in kernels[0].run(synfire()):
            raise WrongResultError("the synfire notebook shows no picture")

    def come(person: Any) -> float:
        return timed(lambda: (person.sign_in(), person.start()))

    def think(person: Any) -> Any:
        kernel = person.new_kernel()
        kernel.run("import matplotlib.pyplot as plt\nimport pyNN.spiNNaker as sim")
        return kernel

    first_plot_s = timed(first_plot)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        logins = list(pool.map(come, people[1 : AT_ONCE + 1]))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come, people[AT_ONCE + 1 :]))
        kernels += pool.map(think, people[1:])
    time.sleep(5)
    theirs = memory_mib(_is_person)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        pages = list(pool.map(lambda p: timed(lambda: p.get("/hub/home")), people))
        answers = list(pool.map(lambda p: timed(lambda: p.get("/hub/api/")), people))
    # This client answers no pings while it waits, so that connections that were idle are closed.
    kernels = [type(kernel)(kernel.person, kernel.id) for kernel in kernels[: AT_WORK + 1]]
    alone_s = min(run_synfire(kernels[0]) for _ in range(3))
    together, trips = _work(kernels)
    return [
        Figure("sign-in to first plot, alone", first_plot_s, "s", MOST_FIRST_PLOT_S),
        Figure(f"{AT_ONCE} sign-ins at once, 95 %", p95(logins), "s", MOST_LOGIN_S),
        Figure(f"memory, {len(names)} people with kernels", theirs / 1024, "GiB", MOST_IDLE_GIB),
        Figure("memory a person", theirs / len(names), "MiB", MOST_IDLE_MIB),
        Figure("page of all people at once, 95 %", 1e3 * p95(pages), "ms", MOST_PAGE_MS),
        Figure("API of all people at once, 95 %", 1e3 * p95(answers), "ms", MOST_API_MS),
        Figure("synfire, alone", alone_s, "s"),
        Figure(f"synfire, {AT_WORK} at work, median", median(together), "s"),
        Figure("slowest, beside alone", max(together) / alone_s, "x", MOST_SLOWER),
        Figure("the same, by its share of cores", max(together) / alone_s / _share(), "x"),
        Figure("1 + 1 meanwhile, 95 %", 1e3 * p95(trips), "ms", MOST_TRIP_MS),
    ]


def _is_person(uid: int) -> bool:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name.startswith("jupyter-tbench")
    except KeyError:
        return False


def _share() -> float:
    """How much longer things take where those at work share the cores."""
    return max(1.0, AT_WORK / len(os.sched_getaffinity(0)))


def _work(kernels: list[Any]) -> tuple[list[float], list[float]]:
    """Wall times of synfire on ten kernels at once, and of 1 + 1 on an eleventh meanwhile."""
    end = time.monotonic() + WORK_S

    def loop(kernel: Any) -> list[float]:
        took = []
        while time.monotonic() < end:
            took.append(run_synfire(kernel))
        return took

    def ask(kernel: Any) -> list[float]:
        took = []
        while time.monotonic() < end:
            took.append(timed(lambda: kernel.run("1 + 1")))
            time.sleep(0.2)
        return took

    with ThreadPoolExecutor(AT_WORK + 1) as pool:
        asked = pool.submit(ask, kernels[AT_WORK])
        loops = list(pool.map(loop, kernels[:AT_WORK]))
        return [second for loop_ in loops for second in loop_], asked.result()
