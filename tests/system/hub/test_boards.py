# SPDX-License-Identifier: Apache-2.0
"""Boards and runs of people at a hub: seen, shared out, free again as soon as they are let go."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spinnlab.hub import unix_users

BOARD = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(10, sim.IF_curr_exp(i_offset=1.0))
sim.run(20)
print('ran')
"""
NATIVE = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(2000, sim.IF_curr_exp(i_offset=1.0))
cells.record('spikes')
sim.run(100000000)
"""


@pytest.fixture(scope="module")
def admin(hub: Any) -> Any:
    person = hub.person(hub.people[0])
    person.sign_in()
    return person


@pytest.fixture(scope="module")
def dora(hub: Any) -> Any:
    hub.add("tdora")
    person = hub.person("tdora")
    person.sign_in()
    person.start()
    return person


def jobs_of(admin: Any, name: str) -> list[dict[str, Any]]:
    """What the administrator's page shows of a person's jobs."""
    overview = admin.get("/hub/api/lab/admin").json()
    assert "problem" not in overview, overview
    users = {person["name"]: person["unix"] for person in overview["people"]}
    return [job for job in overview["jobs"] if job["user"] == users[name]]


def runs_of(person: Any) -> list[dict[str, Any]]:
    state: dict[str, Any] = person.get("/hub/api/lab/me").json()
    assert "problem" not in state, state
    return list(state["runs"])


@pytest.mark.original
def test_a_board_is_free_when_its_notebook_is_closed_and_when_its_kernel_is_killed(
    admin: Any, dora: Any, wait: Callable[..., float]
) -> None:
    kernel = dora.new_kernel("spynnaker_7.4.1")
    assert "ran" in kernel.run(BOARD)
    [job] = jobs_of(admin, "tdora")
    assert job["boards"] == 1 and job["state"] == "running"
    share = dora.get("/hub/api/lab/me").json()["share"]
    assert (share["boards"], share["boards_allowed"]) == (1, 24)
    began = time.monotonic()
    kernel.end()
    wait(lambda: jobs_of(admin, "tdora") == [], 10)
    print(f"free {time.monotonic() - began:.2f} s after the kernel was shut down (promised: 2 s)")

    kernel = dora.new_kernel("spynnaker_7.4.1")
    assert "ran" in kernel.run(BOARD)
    assert len(jobs_of(admin, "tdora")) == 1
    pid = int(kernel.run("import os; print(os.getpid())"))
    began = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    wait(lambda: jobs_of(admin, "tdora") == [], 25)
    print(f"free {time.monotonic() - began:.2f} s after kill -9 (promised: 5 s)")
    kernel.end()


def test_a_native_run_is_seen_stopped_and_asked_about(
    hub: Any, admin: Any, dora: Any, wait: Callable[..., float]
) -> None:
    kernel = dora.new_kernel()
    cell = kernel.begin(NATIVE)
    wait(lambda: len(runs_of(dora)) == 1, 60)
    page = dora.get("/hub/logout")
    assert "Something of yours is computing" in page.text
    assert dora.is_signed_in()
    page = dora.form("/hub/logout", choice="stay")
    assert dora.is_signed_in() and len(runs_of(dora)) == 1
    began = time.monotonic()
    dora.api("POST", f"kernels/{kernel.id}/interrupt")
    wait(lambda: runs_of(dora) == [], 25)
    print(f"the run is over {time.monotonic() - began:.2f} s after the interrupt")
    assert "get_data() reads it, and run() goes on from there" in kernel.finish(cell)
    assert kernel.run("sim.run(5); print('goes on')").strip().endswith("goes on")
    kernel.begin("sim.run(100000000)")
    wait(lambda: len(runs_of(dora)) == 1, 60)
    page = dora.form("/hub/logout", choice="stop")
    assert "You are signed out" in page.text
    if os.geteuid() == 0:
        user = unix_users.ensure("tdora", Path("/home"))
        assert unix_users.processes(user.uid) == []
    dora.sign_in()
    assert runs_of(dora) == []
    dora.start()


def test_one_person_does_not_end_anothers_job(hub: Any, dora: Any, admin: Any) -> None:
    hub.add("teve")
    eve = hub.person("teve")
    eve.sign_in()
    answer = eve.post("/hub/api/lab/jobs/1/end")
    assert answer.status_code == 404
    assert eve.get("/hub/api/lab/me").json()["jobs"] == []
