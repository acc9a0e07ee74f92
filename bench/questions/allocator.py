# SPDX-License-Identifier: Apache-2.0
"""How does the allocator bear a class: 200 connections, 1,000 jobs in the queue, 500 commands/s?

All clients are this process, on one Unix socket each. Ten jobs hold a machine of 400 triads, 1,000
more wait; then connections take turns with what clients send most: state, keep-alive, list of
machines, and one new job that waits and is destroyed in every twenty. Afterwards the daemon is
killed with -9 and its successor timed until all jobs are there again.
"""

from __future__ import annotations

import json
import random
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from measure import Figure, WrongResultError

CONNECTIONS, QUEUED, COMMANDS_A_SECOND, SECONDS = 200, 1000, 500, 10.0
MOST_P99_MS, MOST_RESTART_S, MOST_DECISION_MS = 20.0, 1.0, 10.0
#: 20 x 20 triads; its boards are never switched on, since nothing answers for them here.
MACHINE = "big=240x240"


class Client:
    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rb")

    def call(self, command: str, *args: object, **kwargs: object) -> object:
        line = json.dumps({"command": command, "args": args, "kwargs": kwargs})
        self.socket.sendall(line.encode() + b"\n")
        answer = json.loads(self.file.readline())
        if "return" not in answer:
            raise WrongResultError(f"{command}: {answer}")
        return answer["return"]


def start(programs: Path, folder: Path) -> tuple[subprocess.Popen[str], float]:
    """A daemon, and how long it took until it listened."""
    sleeper = folder / "machine"  # in place of spinnlab-machine: ready, and nothing more
    sleeper.write_text("#!/bin/sh\necho ready\nexec cat > /dev/null\n")
    sleeper.chmod(0o755)
    began = time.monotonic()
    numbers = (random.randint(1, 250) for _ in range(2))
    daemon = subprocess.Popen(
        [
            str(programs / "spallocd"),
            *("--port", "0", "--socket", str(folder / "s"), "--machine", MACHINE),
            *("--machine-program", str(sleeper), "--database", str(folder / "jobs.db")),
            *("--first-address", "127.{}.{}.1".format(*numbers), "--log-level", "err"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    if not daemon.stdout.readline().startswith("ready"):
        raise WrongResultError("spallocd did not start")
    return daemon, time.monotonic() - began


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def fill(client: Client) -> list[float]:
    """Ten jobs of 40 triads fill the machine, 1,000 wait; milliseconds that each decision took."""
    took = []
    for number in range(10 + QUEUED):
        began = time.perf_counter()
        client.call("create_job", 10, 4, owner=f"user{number % 40}", keepalive=None)
        if number < 10:
            took.append((time.perf_counter() - began) * 1e3)
    states = [job["state"] for job in client.call("list_jobs")]  # type: ignore[attr-defined]
    if states.count(1) != QUEUED:
        raise WrongResultError(f"{states.count(1)} of {QUEUED} jobs wait")
    return took


def load(clients: list[Client]) -> tuple[list[float], float]:
    """Milliseconds of each command, and commands a second."""
    took = []
    began = time.perf_counter()
    for number in range(int(COMMANDS_A_SECOND * SECONDS)):
        due = began + number / COMMANDS_A_SECOND
        if (wait := due - time.perf_counter()) > 0:
            time.sleep(wait)
        client = clients[number % len(clients)]
        before = time.perf_counter()
        if number % 20 == 0:
            job = client.call("create_job", 10, 4, owner="x", keepalive=None)
            took.append((time.perf_counter() - before) * 1e3)
            before = time.perf_counter()
            client.call("destroy_job", job)
        elif number % 20 == 10:
            client.call("list_machines")
        elif number % 2:
            client.call("get_job_state", 1 + number % (10 + QUEUED))
        else:
            client.call("job_keepalive", 1 + number % (10 + QUEUED))
        took.append((time.perf_counter() - before) * 1e3)
    return took, len(took) / (time.perf_counter() - began)


def measure(programs: Path) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        daemon, _ = start(programs, folder)
        try:
            clients = [Client(folder / "s") for _ in range(CONNECTIONS)]
            decisions = fill(clients[0])
            took, rate = load(clients)
            memory_mb = resident_mb(daemon.pid)
        finally:
            daemon.kill()
            daemon.wait()
        daemon, restart_s = start(programs, folder)
        try:
            live = len(Client(folder / "s").call("list_jobs"))  # type: ignore[arg-type]
            if live != 10 + QUEUED:
                raise WrongResultError(f"{live} of {10 + QUEUED} jobs after kill -9")
        finally:
            daemon.kill()
            daemon.wait()
    return [
        Figure("median of a command", statistics.median(took), "ms"),
        Figure("99 % of commands within", statistics.quantiles(took, n=100)[98], "ms", MOST_P99_MS),
        Figure("commands", rate, "/s"),
        Figure("largest decision, 400 triads", max(decisions), "ms", MOST_DECISION_MS),
        Figure("memory with 1,000 queued jobs", memory_mb, "MB"),
        Figure("restart with 1,010 jobs", restart_s, "s", MOST_RESTART_S),
    ]
