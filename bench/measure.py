# SPDX-License-Identifier: Apache-2.0
"""What the questions share: figures, boards of their own, host runs with the emulator's time."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCENES = ROOT / "bench" / "scenes"
PYTHON = ROOT / ".envs" / "original-7.4.1" / "bin" / "python"

#: Loopback addresses of the boards that a bench starts; the allocator's begin at 127.32.0.1.
BOARD_ADDRESSES = ("127.47.0.1", "127.47.0.2", "127.47.0.3")
#: Ethernet chips of the three boards of a triad, 12 x 12 chips.
TRIAD = ("0,0", "4,8", "8,4")
#: Seconds after which a scene is stopped.
TIME_OUT_S = 300


class WrongResultError(Exception):
    """A scene computed something else than it must; its time means nothing."""


@dataclass(frozen=True)
class Figure:
    """One measured number; `limit` is what it should stay within."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    more_is_better: bool = False

    @property
    def within_limit(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.more_is_better else self.value <= self.limit


@dataclass(frozen=True)
class Boards:
    """A running spinnlab-machine."""

    pid: int

    def cpu_s(self) -> float:
        return cpu_s(self.pid)

    def resident_mb(self) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise WrongResultError(f"process {self.pid} is gone")


def cpu_s(pid: int) -> float:
    """CPU time of all threads of a process so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def boards(programs: Path, n: int = 1, threads: int = 1, pace: float = 4) -> Iterator[Boards]:
    """`n` booted boards (1 or 3) that answer at BOARD_ADDRESSES."""
    places = [f"{xy}={ip}" for xy, ip in zip(TRIAD[:n], BOARD_ADDRESSES, strict=False)]
    side = "8" if n == 1 else "12"
    words = [str(programs / "spinnlab-machine"), "serve", "--board", *places]
    words += ["--width", side, "--height", side]
    words += ["--threads", str(threads), "--pace", str(pace), "--exit-with-stdin"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        if said.strip() != "ready":
            raise WrongResultError(f"{' '.join(words)} said {said!r} instead of ready")
        yield Boards(process.pid)
    finally:
        process.terminate()
        process.wait(10)


def version(address: str) -> str:
    """What the monitor of the board at `address` answers to the command VER."""
    header = struct.pack("<2x8B", 0x87, 0xFF, 0, 0xFF, 0, 0, 0, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(5)
        udp.sendto(header + struct.pack("<HH3I", 0, 0, 0, 0, 0), (address, 17893))
        answer = udp.recv(512)
    return answer[26:].split(b"\0")[0].decode()


@dataclass(frozen=True)
class HostRun:
    """One run of a script: wall time of the whole process, emulator's CPU time, its output."""

    wall_s: float
    emulator_cpu_s: float
    output: str


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A scratch folder; its path is short enough for the daemon's sockets."""
    path = Path(tempfile.mkdtemp(prefix="spinnlab-bench-", dir="/tmp"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def run_host(
    programs: Path, script: str, *arguments: str, bare: bool = False, virtual: bool = False
) -> HostRun:
    """Runs a scene as a user would, on boards from a daemon of its own; `virtual`: on none."""
    with folder() as scratch:
        variables = {"SPINNLAB_RUNTIME_DIR": str(scratch / "run"), "SPINNLAB_BIN": str(programs)}
        (scratch / "run").mkdir(mode=0o700)
        words = [str(PYTHON)]
        if virtual:
            variables |= _home(scratch, "virtual_board = True")
        else:
            variables["SPINNLAB_ORIGINAL_BARE"] = "1" if bare else "0"
            words += ["-m", "spinnlab_original.run"]
        # Whatever the script leaves behind (the daemon) becomes our child, so its CPU time counts.
        _adopt_orphans()
        began = time.perf_counter()
        done = _run([*words, str(SCENES / script), *arguments], scratch, variables)
        wall_s = time.perf_counter() - began
        return HostRun(wall_s, _end_orphans(), done)


def run_on(script: str, *arguments: str, n_boards: int = 1) -> str:
    """Runs a scene, nothing of the host wrapped, on the boards that boards() has started."""
    with folder() as scratch:
        machine = f"machine_name = {BOARD_ADDRESSES[0]}\npost_simulation_overrun_before_error = 600"
        if n_boards > 1:
            machine += "\nwidth = 12\nheight = 12"
        words = [str(PYTHON), str(SCENES / script), *arguments]
        return _run(words, scratch, _home(scratch, machine))


def _home(scratch: Path, machine: str) -> dict[str, str]:
    """Variables of a home that holds nothing but a configuration with these lines on [Machine]."""
    version_line = "" if "width" in machine else "version = 5\n"
    (scratch / ".spynnaker.cfg").write_text(f"[Machine]\n{version_line}{machine}\n")
    nowhere = str(scratch / "none")
    return {"HOME": str(scratch), "XDG_CONFIG_HOME": nowhere, "XDG_CONFIG_DIRS": nowhere}


def _run(words: Sequence[str], cwd: Path, variables: dict[str, str]) -> str:
    done = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=TIME_OUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise WrongResultError(
            f"{' '.join(words)} ended with {done.returncode}\n{done.stderr[-3000:]}"
        )
    return done.stdout + done.stderr


def _adopt_orphans() -> None:
    pr_set_child_subreaper = 36  # linux/prctl.h
    if ctypes.CDLL(None, use_errno=True).prctl(pr_set_child_subreaper, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def _end_orphans() -> float:
    """Ends what a host run has left; CPU seconds of it and of what it had waited for."""
    total_s = 0.0
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    for pid in map(int, children):
        os.kill(pid, signal.SIGTERM)
        usage = os.wait4(pid, 0)[2]
        total_s += usage.ru_utime + usage.ru_stime
    return total_s
