# SPDX-License-Identifier: Apache-2.0
"""Boards of a notebook of the original are free soon after its kernel has gone, however it went."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager
from spinnlab.allocation.protocol import Connection

from spinnlab import kernels

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.original,
    pytest.mark.skipif(
        not (ROOT / ".envs" / "original-7.4.1" / "bin" / "python").exists(),
        reason="no environment (make deps)",
    ),
    pytest.mark.timeout(300),
]

#: Promised, and five times that for a loaded computer.
SHUTDOWN_S, KILL_S, SLACK = 2.0, 5.0, 5

NETWORK = """
import pyNN.spiNNaker as sim
sim.setup(timestep=1.0)
cells = sim.Population(50, sim.IF_curr_exp(i_offset=2.0), label="cells")
cells.record("spikes")
"""


class Kernel:
    """A kernel of the original with an allocator of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manager: Any = KernelManager(kernel_name=kernels.SPYNNAKER_741)
        self.manager.start_kernel(env=os.environ | {"SPINNLAB_RUNTIME_DIR": str(folder)})
        self.connect()

    def connect(self) -> None:
        self.client: Any = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def start(self, code: str) -> str:
        """Asks for the execution of a cell; returns the request's id."""
        return str(self.client.execute(code))

    def run(self, code: str) -> None:
        reply = self.client.execute_interactive(code, timeout=150, output_hook=lambda _: None)
        assert reply["content"]["status"] == "ok", reply["content"]

    def until_said(self, text: str, within_s: float = 120) -> None:
        """Waits until the kernel has printed this."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            with contextlib.suppress(Exception):
                message = self.client.get_iopub_msg(timeout=1)
                if text in message["content"].get("text", ""):
                    return
        pytest.fail(f"never said: {text}")

    def error_of(self, request: str) -> dict[str, str]:
        """Waits for the end of a cell, which must be an error; returns its name and text."""
        error: dict[str, str] = {}
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            content = message["content"]
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "error":
                error = content
            if content.get("execution_state") == "idle":
                break
        assert error, "the cell ended without an error"
        # What is sent in the same breath as the error is not executed.
        time.sleep(0.5)
        return error

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.process.pid)

    def daemon(self) -> Connection:
        (record,) = self.folder.glob("spallocd-*.json")
        return Connection(Path(json.loads(record.read_text())["socket"]))

    def close(self) -> None:
        self.client.stop_channels()
        with contextlib.suppress(Exception):
            self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    with tempfile.TemporaryDirectory(prefix="boards-") as folder:
        made = Kernel(Path(folder))
        yield made
        made.close()


def machines(daemon_pid: int) -> list[str]:
    children = Path(f"/proc/{daemon_pid}/task/{daemon_pid}/children")
    return children.read_text().split()


@pytest.fixture
def seconds_until_free() -> Callable[[Connection, float], float]:
    def wait(daemon: Connection, began: float) -> float:
        pid = daemon.peer_pid()
        while daemon.call("list_jobs") or machines(pid):
            assert time.monotonic() - began < 60, "boards are never free"
            time.sleep(0.01)
        return time.monotonic() - began

    return wait


@pytest.mark.parametrize("way", ["shutdown", "kill -9", "restart"])
@pytest.mark.parametrize("phase", ["without end()", "in the middle of run()"])
def test_boards_are_free_after(
    way: str,
    phase: str,
    kernel: Kernel,
    seconds_until_free: Callable[[Connection, float], float],
    record_property: Callable[[str, object], None],
) -> None:
    kernel.run(NETWORK)
    if phase == "without end()":
        kernel.run("sim.run(10)")
    else:
        kernel.start("sim.run(600_000)")
        kernel.until_said("Application started")
    daemon = kernel.daemon()
    assert len(daemon.call("list_jobs")) == 1
    began = time.monotonic()
    ways: dict[str, Callable[[], None]] = {
        "shutdown": kernel.manager.shutdown_kernel,
        "restart": kernel.manager.restart_kernel,
        "kill -9": lambda: os.kill(kernel.pid, signal.SIGKILL),
    }
    # The manager waits until the process has ended, which is later.
    other = threading.Thread(target=ways[way])
    other.start()
    took_s = seconds_until_free(daemon, began)
    other.join()
    record_property("boards_free_s", round(took_s, 3))
    print(f"{way} {phase}: boards free after {took_s:.2f} s")
    assert took_s < SLACK * (KILL_S if way == "kill -9" else SHUTDOWN_S)


def test_an_interrupt_gives_the_boards_back_and_the_kernel_goes_on(
    kernel: Kernel, seconds_until_free: Callable[[Connection, float], float]
) -> None:
    kernel.run(NETWORK)
    request = kernel.start("sim.run(600_000)")
    kernel.until_said("Application started")
    daemon = kernel.daemon()
    began = time.monotonic()
    kernel.manager.interrupt_kernel()
    took_s = seconds_until_free(daemon, began)
    assert kernel.error_of(request)["ename"] == "KeyboardInterrupt"
    print(f"interrupt: boards free after {took_s:.2f} s")
    assert took_s < SLACK * SHUTDOWN_S
    kernel.run(NETWORK)
    kernel.run("sim.run(20)\nassert cells.get_spike_counts()[0] > 0\nsim.end()")


def test_an_interrupt_while_mapping_gives_the_boards_back_too(
    kernel: Kernel, seconds_until_free: Callable[[Connection, float], float]
) -> None:
    kernel.run(NETWORK)
    request = kernel.start("sim.run(600_000)")
    kernel.until_said("Placing")
    daemon = kernel.daemon()
    assert len(daemon.call("list_jobs")) == 1
    kernel.manager.interrupt_kernel()
    error = kernel.error_of(request)
    assert error["ename"] == "KeyboardInterrupt"
    assert "setup() begins a new simulation" in error["evalue"]
    assert seconds_until_free(daemon, time.monotonic()) < SLACK * SHUTDOWN_S
    kernel.run(NETWORK + "sim.run(5)\nsim.end()")


def test_a_job_that_waits_says_so_and_can_be_interrupted(kernel: Kernel) -> None:
    kernel.run(NETWORK)
    kernel.run("from spinnlab_original import session\nsession.begin().lease()")
    daemon = kernel.daemon()
    everything = daemon.call("create_job", 120, owner="somebody", keepalive=None)
    request = kernel.start("sim.run(10)")
    kernel.until_said("waits for boards")
    kernel.manager.interrupt_kernel()
    assert kernel.error_of(request)["ename"] == "KeyboardInterrupt"
    end = time.monotonic() + 10
    while len(jobs := daemon.call("list_jobs")) > 1 and time.monotonic() < end:
        time.sleep(0.05)
    assert [job["job_id"] for job in jobs] == [everything]
    daemon.call("destroy_job", everything)
    kernel.run(NETWORK + "sim.run(5)\nsim.end()")
