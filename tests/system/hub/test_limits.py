# SPDX-License-Identifier: Apache-2.0
"""What people may take at a hub: memory, shared by notebooks and boards, time, boards that idle."""

from __future__ import annotations

import json
import os
import pwd
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from slow import slow
from spinnlab.hub import unix_users

MEMORY_MIB = 800
RUN_S = 45
IDLE_S = 12

pytestmark = [
    slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="limits of people need root"),
]

#: In a kernel: a job with one board, by the allocator's own protocol.
JOB = """
import json, os, socket, struct, time
daemon = socket.socket(socket.AF_UNIX)
daemon.connect(os.environ['SPINNLAB_ALLOCATOR'])
lines = daemon.makefile('rwb')
def call(command, *args, **kwargs):
    lines.write(json.dumps({'command': command, 'args': args, 'kwargs': kwargs}).encode() + b'\\n')
    lines.flush()
    return json.loads(lines.readline())['return']
job = call('create_job', owner='test', keepalive=None)
while (state := call('get_job_state', job))['state'] < 3:
    time.sleep(0.1)
address = call('get_job_machine_info', job)['connections'][0][1]
print('state', state['state'])
"""
#: Writes to all free memory of the board, chip by chip, until it no longer answers.
FILL = """
board = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
board.settimeout(1)
def is_on():
    return call('get_job_state', job)['state'] == 3
for chip in range(32):
    header = struct.pack('<2x8B', 0x87, 0xFF, 0, 0xFF, chip // 4, chip % 4, 0, 0)
    command = struct.pack('<2H3I', 5, chip, 0x60000000, 1, 100 << 20)
    board.sendto(header + command, (address, 17893))
    while is_on():
        try:
            board.recv(2048)
            break
        except OSError:
            pass
while is_on():
    time.sleep(0.1)
print(call('get_job_state', job)['reason'])
"""
#: Takes memory until the end.
GROW = """
import time
kept = []
while True:
    kept.append(bytearray(b'x') * (16 << 20))
    time.sleep(0.02)
"""
LONG = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(2000, sim.IF_curr_exp(i_offset=1.0))
cells[0:2].record('spikes')
sim.run(1e9)
"""


@pytest.fixture(scope="module")
def small(make_hub: Callable[..., Any]) -> Any:
    """A hub with little to give."""

    def edit(text: str) -> str:
        for usual, here in (
            ("memory_mib = 4096", f"memory_mib = {MEMORY_MIB}"),
            ("run_hours = 24.0", f"run_hours = {RUN_S / 3600}"),
            ("boards_minutes = 30.0", f"boards_minutes = {IDLE_S / 60}"),
        ):
            assert usual in text
            text = text.replace(usual, here)
        return text

    hub = make_hub(edit=edit)
    hub.add("tlena", "tmax")
    return hub


@pytest.fixture(scope="module")
def lena(small: Any) -> Any:
    person = small.person("tlena")
    person.sign_in()
    person.start()
    return person


@pytest.fixture(scope="module")
def max_(small: Any) -> Any:
    person = small.person("tmax")
    person.sign_in()
    person.start()
    return person


@pytest.fixture
def groups(small: Any) -> str:
    """What `hub check` says; skips where this host has no groups that count memory."""
    said = str(small.command("check").stdout)
    if "one limit on memory" not in said:
        assert "the allocator ends the largest" in said
        pytest.skip("this host gives no control groups for memory")
    return said


def test_boards_and_notebooks_share_the_limit_on_memory(groups: str, lena: Any, max_: Any) -> None:
    assert "one limit on memory, cores, processes for both" in groups
    hers, his = lena.new_kernel(), max_.new_kernel()
    assert "state 3" in hers.run(JOB)
    assert "state 3" in his.run(JOB)
    machine = Path("/proc") / machine_of("jupyter-tlena")
    own = hers.run("print(open('/proc/self/cgroup').read())")
    assert machine.joinpath("cgroup").read_text().split() == own.split()
    assert machine.joinpath("oom_score_adj").read_text().strip() == "500"
    reason = hers.run(FILL)
    print(reason)
    assert "Out of memory: the boards of the job had taken" in reason
    assert f"one person may take {MEMORY_MIB} MiB of memory together" in reason
    assert hers.run("print(6 * 7)").strip() == "42"  # the kernel, which is smaller, lives
    assert his.run("print(call('get_job_state', job)['state'])").strip() == "3"
    hers.end()
    his.end()


def machine_of(user: str) -> str:
    """Number of the process of a person's boards."""
    uid = pwd.getpwnam(user).pw_uid
    found = [
        process
        for process in unix_users.processes(uid)
        if Path(f"/proc/{process}/comm").read_text().startswith("spinnlab-machi")
    ]
    assert len(found) == 1, found
    return str(found[0])


def test_a_kernel_that_takes_too_much_memory_says_so_in_its_cell(groups: str, lena: Any) -> None:
    kernel = lena.new_kernel()
    score = kernel.run("print(open('/proc/self/oom_score_adj').read())").strip()
    server = lena.api("GET", "status").json()["started"]
    assert score == "500"
    cell = kernel.begin(GROW, cell="grows")
    said = kernel.said_of(cell, "Out of memory")
    print(said)
    assert "The kernel died while this cell ran; it was started again" in said
    found = re.search(r"used ([\d,]+) of ([\d,]+) MiB; largest: this kernel ([\d,]+) MiB", said)
    assert found, said
    used, of, largest = (int(number.replace(",", "")) for number in found.groups())
    assert of == MEMORY_MIB and 0.9 * of <= used <= of
    assert 0.2 * of <= largest <= of
    assert "the notebook server" in said
    assert lena.api("GET", "status").json()["started"] == server, "the server lives"
    assert kernel.run("print(6 * 7)").strip() == "42"  # of the kernel that was started again
    kernel.end()


def test_a_native_run_ends_when_its_time_is_over(small: Any, max_: Any) -> None:
    kernel = max_.new_kernel()
    began = time.monotonic()
    said = kernel.run(LONG)
    assert RUN_S <= time.monotonic() - began < RUN_S + 20
    print(said)
    assert "This run ends in" in said  # told shortly before
    assert "RunLimitError" in said
    assert f"a run may take {RUN_S} s here" in said and "limits.run_hours" in said
    assert "get_data() reads it, and run() goes on from there" in said
    went_on = kernel.run("print(cells.get_spike_counts()[0] > 0); sim.run(10); print('goes on')")
    assert "True" in went_on and "goes on" in went_on
    state = max_.get("/hub/api/lab/me").json()
    assert (state["jobs"], state["runs"]) == ([], []), "between runs it holds nothing"
    kernel.end()


@pytest.mark.original
def test_idle_boards_are_given_back_and_come_again(
    small: Any, max_: Any, wait: Callable[..., float]
) -> None:
    kernel = max_.new_kernel("spynnaker_7.4.1")
    ran = LONG.replace("2000", "20").replace("1e9", "20")
    kernel.run(ran + "print('ran')")
    me = "/hub/api/lab/me"
    assert len(max_.get(me).json()["jobs"]) == 1
    took = wait(lambda: max_.get(me).json()["jobs"] == [], 40)
    print(f"given back after {took:.0f} s")
    assert "Something of yours is computing" not in max_.get("/hub/logout").text
    max_.sign_in()
    max_.start()
    kernel = max_.new_kernel("spynnaker_7.4.1")
    kernel.run(ran)
    wait(lambda: max_.get(me).json()["jobs"] == [], 40)
    said = kernel.run("sim.run(20)")
    assert "BoardsGoneError" in said and "Idle: for 12 s" in said, json.dumps(said)
    assert "again" in kernel.run("sim.reset(); sim.run(20); print('again')")
    kernel.end()
