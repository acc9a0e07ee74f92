# SPDX-License-Identifier: Apache-2.0
"""The original when the allocator has taken its boards back: new ones, or an error that says it."""

from __future__ import annotations

import os
import random
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager
from spinnlab.allocation.protocol import Connection
from spinnlab.programs import find_program

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

NETWORK = """
import pyNN.spiNNaker as sim
sim.setup(timestep=1.0)
cells = sim.Population(20, sim.IF_curr_exp(i_offset=2.0), label="cells")
cells.record("spikes")
"""


class Lab:
    """An allocator with options of the test's, and a kernel of the original that uses it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.socket = folder / "s"
        self.process = subprocess.Popen(
            [
                str(find_program("spallocd")), "--port", "0", "--socket", str(self.socket),
                "--first-address", f"127.{random.randint(1, 250)}.{random.randint(1, 250)}.1",
                "--machine-program", str(find_program("spinnlab-machine")), *options,
            ],
            stdout=subprocess.PIPE, stderr=(folder / "log").open("w"), text=True,
        )  # fmt: skip
        assert self.process.stdout
        assert self.process.stdout.readline().startswith("ready")
        self.manager: Any = KernelManager(kernel_name=kernels.SPYNNAKER_741)
        self.manager.start_kernel(env=os.environ | {"SPINNLAB_ALLOCATOR": str(self.socket)})
        self.client: Any = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def run(self, code: str) -> tuple[str, str]:
        """What a cell prints, and its error as `NAME: text`, empty without one."""
        printed: list[str] = []
        reply = self.client.execute_interactive(
            code, timeout=150, output_hook=lambda m: printed.append(m["content"].get("text", ""))
        )["content"]
        error = f"{reply['ename']}: {reply['evalue']}" if reply["status"] == "error" else ""
        return "".join(printed), error

    def jobs(self) -> list[int]:
        connection = Connection(self.socket)
        try:
            return [job["job_id"] for job in connection.call("list_jobs")]
        finally:
            connection.close()

    def wait_until_given_back(self) -> float:
        began = time.monotonic()
        while self.jobs():
            assert time.monotonic() - began < 60, "the boards are never given back"
            time.sleep(0.1)
        time.sleep(0.5)  # until the kernel has heard of it, too
        return time.monotonic() - began

    def notice(self) -> str:
        """What the kernel has said while no cell ran."""
        text = ""
        while self.client.iopub_channel.msg_ready():
            text += self.client.get_iopub_msg(timeout=1)["content"].get("text", "")
        return text

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    made: list[Lab] = []

    def make(*options: str) -> Lab:
        made.append(Lab(tmp_path, *options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_idle_boards_are_given_back_with_notice_and_data_stay(lab: Callable[..., Lab]) -> None:
    here = lab("--idle-limit", "4")
    assert here.run(NETWORK + "sim.run(50)")[1] == ""
    before = here.run("print(cells.get_spike_counts())")[0]
    assert here.jobs() == [1]
    print(f"given back after {here.wait_until_given_back():.1f} s")
    notice = here.notice()
    assert re.search(r"SpiNNLab: The boards were given back at \d\d:\d\d\. Idle: for 4 s", notice)
    assert "will now exit" not in notice

    for needs_them in ("sim.run(50)", "sim.run(10)"):
        began = time.monotonic()
        _, error = here.run(needs_them)
        assert time.monotonic() - began < 5, "it must not wait for boards that are not there"
        assert error.startswith("BoardsGoneError: The boards were given back at "), error
        assert "reset() and run() begin at 0 ms on new boards" in error
        assert "\n" not in error
    assert here.run("print(cells.get_spike_counts())") == (before, "")
    printed, error = here.run("print(len(cells.get_data('spikes').segments[0].spiketrains))")
    assert (printed.strip(), error) == ("20", "")
    assert here.jobs() == []

    assert here.run("sim.reset()\nsim.run(50)")[1] == ""
    assert here.jobs() == [2]
    assert here.run("print(cells.get_spike_counts())") == (before, "")
    assert here.run("sim.end()")[1] == ""
    assert here.jobs() == []


def test_new_boards_come_by_themselves_where_nothing_is_lost(lab: Callable[..., Lab]) -> None:
    here = lab("--idle-limit", "4")
    network = NETWORK.replace("timestep=1.0", "timestep=1.0, n_boards_required=1")
    assert here.run(network + "machine = sim.get_machine()")[1] == ""
    assert here.jobs() == [1]
    here.wait_until_given_back()
    assert here.run("sim.run(30)")[1] == ""
    assert here.jobs() == [2]
    first = here.run("print(cells.get_spike_counts())")[0]
    assert here.run("sim.reset()")[1] == ""
    here.wait_until_given_back()
    assert here.run("sim.run(30)")[1] == ""
    assert here.jobs() == [3]
    assert here.run("print(cells.get_spike_counts())") == (first, "")
    here.wait_until_given_back()
    assert here.run("sim.end()")[1] == ""
    assert here.run(NETWORK + "sim.run(30)\nprint(cells.get_spike_counts())\nsim.end()")[1] == ""


def test_a_quiet_run_is_not_idle_and_neither_is_a_host_at_work(lab: Callable[..., Lab]) -> None:
    here = lab("--idle-limit", "3")
    slow = (
        "import time\n"
        "from spinn_front_end_common.interface.abstract_spinnaker_base import "
        "AbstractSpinnakerBase as B\n"
        "placer = B._do_placer\n"
        "def slowly(self, *args):\n"
        "    time.sleep(8)\n"
        "    placer(self, *args)\n"
        "B._do_placer = slowly\n"
        "from spinnlab_original import boards\n"
        "boards.BETWEEN_S = 0.5\n"
    )
    assert here.run(slow + NETWORK + "sim.run(20_000)")[1] == ""
    assert here.jobs() == [1]


def test_a_run_that_takes_too_long_ends_with_the_reason(lab: Callable[..., Lab]) -> None:
    here = lab("--run-limit", "15")
    printed, error = here.run(
        "from spinnlab_original import boards\nboards.BETWEEN_S = 1.0\n"
        + NETWORK
        + "sim.run(10_000_000)"
    )
    assert "job 1 loses its boards in" in printed
    assert "an administrator limits the time" in printed
    assert error.startswith("BoardsGoneError: The boards were given back at "), error
    assert "Time limit: the job has had its boards for 15 s" in error
    assert "setup() begins a new simulation" in error
    assert here.jobs() == []
    assert here.run(NETWORK + "sim.run(10)\nsim.end()")[1] == ""
