# SPDX-License-Identifier: Apache-2.0
"""Cores that are busy in every step: two populations a chip, in one ring a board, the same on each.

Usage: busy_cores.py BOARDS RUN_TIME_MS EMULATOR_PID [IDLE_S]
Prints the number of cores, the emulator's CPU time and the wall time of the run itself (from the
start signal to the end of the last core), and a digest of the spikes of each board; after IDLE_S
seconds more, the CPU time that the emulator has taken meanwhile.
"""

import hashlib
import os
import sys
import time
from pathlib import Path

import pyNN.spiNNaker as sim
from spinn_front_end_common.interface.interface_functions import application_runner
from spinnlab_original.wraps import waits

CHIPS_A_BOARD, POPULATIONS_A_CHIP, NEURONS = 48, 2, 64
ETHERNET_CHIPS = ((0, 0), (4, 8), (8, 4))
#: Chips of a board relative to its Ethernet chip: columns from FIRST_Y to LAST_Y.
FIRST_Y = (0, 0, 0, 0, 0, 1, 2, 3)
LAST_Y = (3, 4, 5, 6, 7, 7, 7, 7)


def chips(board: int, side: int) -> list[tuple[int, int]]:
    x0, y0 = ETHERNET_CHIPS[board]
    return [
        ((x0 + x) % side, (y0 + y) % side)
        for x in range(8)
        for y in range(FIRST_Y[x], LAST_Y[x] + 1)
    ]


def ring(board: int, side: int) -> list[sim.Population]:
    """A ring of populations over the chips of a board, kept busy by currents that differ."""
    currents = [1.0 + n * 37 % NEURONS / NEURONS for n in range(NEURONS)]
    populations = []
    for x, y in chips(board, side):
        for _ in range(POPULATIONS_A_CHIP):
            population = sim.Population(NEURONS, sim.IF_curr_exp(i_offset=currents))
            population.add_placement_constraint(x=x, y=y)
            population.record("spikes")
            populations.append(population)
    for k, population in enumerate(populations):
        sim.Projection(
            population,
            populations[(k + 1) % len(populations)],
            sim.OneToOneConnector(),
            sim.StaticSynapse(weight=0.3 + k % 5 / 10, delay=1 + k % 8),
        )
    return populations


def emulator_cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watch_run(pid: int) -> list[tuple[float, float]]:
    """(CPU seconds, wall seconds) of each run from now on, which ends when its cores end."""
    module = sys.modules[application_runner.__module__]
    waits.until_run_has_ended(module)
    runner = module._ApplicationRunner
    run_wait = runner._run_wait
    seen: list[tuple[float, float]] = []

    def _run_wait(self: object, *args: object) -> None:
        cpu_s, began_s = emulator_cpu_s(pid), time.perf_counter()
        run_wait(self, *args)
        seen.append((emulator_cpu_s(pid) - cpu_s, time.perf_counter() - began_s))

    runner._run_wait = _run_wait
    return seen


def main() -> None:
    n_boards, run_time_ms, pid = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    seen = watch_run(pid)
    sim.setup(timestep=1.0)
    rings = [ring(board, 8 if n_boards == 1 else 12) for board in range(n_boards)]
    sim.run(run_time_ms)
    digests = []
    for populations in rings:
        digest = hashlib.sha256()
        for population in populations:
            for train in population.get_data("spikes").segments[0].spiketrains:
                digest.update(train.magnitude.tobytes() + b";")
        digests.append(digest.hexdigest()[:16])
    if len(sys.argv) > 4:
        before_s = emulator_cpu_s(pid)
        time.sleep(float(sys.argv[4]))
        print(f"idle_cpu_s {emulator_cpu_s(pid) - before_s:.3f}")
    sim.end()
    ((cpu_s, wall_s),) = seen
    cores = sum(map(len, rings))
    print(f"cores {cores} cpu_s {cpu_s:.2f} wall_s {wall_s:.3f} spikes {' '.join(digests)}")


if __name__ == "__main__":
    main()
