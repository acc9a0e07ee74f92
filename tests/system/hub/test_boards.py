# SPDX-License-Identifier: Apache-2.0
"""Boards and runs of people at a hub: seen, shared out, free again as soon as they are let go."""

from __future__ import annotations

import ipaddress
import os
import pwd
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import lab_hub
import psutil
import pytest
from boards_of import TAKE_A_BOARD, jobs_of
from spinnlab.hub import unix_users
from steps import sign_in

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="Unix users of their own need root")

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


def test_one_person_does_not_end_anothers_job(
    hub: Any, dora: Any, admin: Any, wait: Callable[..., float]
) -> None:
    """Nor sees it, nor switches its boards off; line 1 of the checklist."""
    kernel = dora.new_kernel()
    job = int(kernel.run(TAKE_A_BOARD))
    wait(lambda: [item["state"] for item in jobs_of(admin, "tdora")] == ["running"])
    hub.add("teve")
    eve = hub.person("teve")
    eve.sign_in()
    eve.start()
    assert eve.get("/hub/api/lab/me").json()["jobs"] == []
    answer = eve.post(f"/hub/api/lab/jobs/{job}/end")
    assert answer.status_code == 404, answer.text
    other = eve.new_kernel()
    other.run(TAKE_A_BOARD)  # which also leaves `ask` there
    for command in ("destroy_job", "power_off_job_boards", "power_on_job_boards"):
        said = other.run(f"ask({command!r}, {job})")
        assert "is not yours" in said, said
    assert [item["id"] for item in jobs_of(admin, "tdora")] == [job]
    assert kernel.run(f"print(ask('get_job_state', {job})['state'])").strip() == "3"
    # Its owner may.
    assert dora.post(f"/hub/api/lab/jobs/{job}/end").status_code == 200
    wait(lambda: jobs_of(admin, "tdora") == [], 10)
    other.end()
    kernel.end()


@as_root
def test_the_allocator_writes_down_who_did_what(
    hub: Any, dora: Any, admin: Any, wait: Callable[..., float]
) -> None:
    """Line 8: created, switched, destroyed, and quotas, with the user whom the kernel of the system
    names; whatever the request says."""
    kernel = dora.new_kernel()
    job = int(kernel.run(TAKE_A_BOARD))
    wait(lambda: [item["state"] for item in jobs_of(admin, "tdora")] == ["running"])
    kernel.run(f"ask('power_off_job_boards', {job}); ask('power_on_job_boards', {job})")
    kernel.run(f"ask('destroy_job', {job}, reason='enough')")
    assert admin.post("/hub/api/lab/admin/quota", {"name": "tdora", "jobs": 5}).status_code == 200
    assert admin.post("/hub/api/lab/admin/quota", {"name": "tdora", "jobs": None}).ok
    uid = pwd.getpwnam("jupyter-tdora").pw_uid
    with closing(sqlite3.connect(f"file:{hub.folder}/spallocd.sqlite?mode=ro", uri=True)) as base:
        done = base.execute(
            "SELECT user, uid, action FROM audit WHERE job = ? ORDER BY rowid", (job,)
        ).fetchall()
        quotas = base.execute(
            "SELECT user, detail FROM audit WHERE action = 'quota' ORDER BY rowid DESC LIMIT 2"
        ).fetchall()
    actions = ("create", "power off", "power on", "destroy")
    assert done == [("jupyter-tdora", uid, action) for action in actions]
    assert len(quotas) == 2 and all("jupyter-tdora" in detail for _, detail in quotas), quotas
    assert all(user == "root" for user, _ in quotas)
    kernel.end()


@as_root
def test_other_hosts_and_strangers_of_this_one_do_not_reach_the_allocator(
    hub: Any, dora: Any
) -> None:
    """Line 8: its port is on the loopback interface alone, and its socket asks who is there."""
    pid = hub.pid_of("spallocd")
    ports = [
        connection.laddr
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert ports
    for address, port in ports:
        assert ipaddress.ip_address(address).is_loopback, address
        if own := lab_hub.address_of_this_computer():
            with pytest.raises(OSError), socket.create_connection((own, port), timeout=2):
                pass
    # A Unix user of this computer who is nobody at the hub sees no job of others, and ends none.
    kernel = dora.new_kernel()
    job = int(kernel.run(TAKE_A_BOARD))
    asked = f"""
import json, socket
def ask(command, *args):
    with socket.create_connection(('127.0.0.1', {ports[0][1]}), timeout=10) as spallocd:
        request = dict(command=command, args=args, kwargs=dict())
        spallocd.sendall(json.dumps(request).encode() + b'\\n')
        print(spallocd.makefile().readline())
ask('destroy_job', {job})
ask('get_job_machine_info', {job})
ask('list_jobs')
"""
    nobody = pwd.getpwnam("nobody")
    result = subprocess.run(
        [lab_hub.hub_command().with_name("python"), "-I", "-c", asked], user=nobody.pw_uid,
        group=nobody.pw_gid, extra_groups=[], cwd="/", env={}, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    destroyed, seen, listed = result.stdout.split("\n\n")[:3]
    assert "is not yours" in destroyed and "is not yours" in seen, result
    assert "jupyter-tdora" not in listed and "by hand" not in listed, listed
    assert kernel.run(f"print(ask('get_job_state', {job})['state'])").strip() in ("2", "3")
    kernel.run(f"ask('destroy_job', {job})")
    kernel.end()


@pytest.mark.browser
def test_the_home_page_is_told_what_changes_and_does_not_keep_asking(
    hub: Any, new_name: Callable[[], str], new_page: Callable[..., Any], wait: Callable[..., float]
) -> None:
    pytest.importorskip("playwright.sync_api", reason="make e2e installs it")
    person = hub.person(new_name())
    person.sign_in()
    person.start()
    kernel = person.new_kernel()
    page = new_page()
    sign_in(page, hub, person.name)
    page.wait_for_selector("#share .meter")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(10_000)
    assert len(asked) <= 2, asked  # now and then, for a hub that has gone
    began = time.monotonic()
    job = int(kernel.run(TAKE_A_BOARD))
    page.wait_for_selector("#runs >> text=running", timeout=15_000)
    print(f"a job is on the page {time.monotonic() - began:.2f} s after it was asked for")
    began = time.monotonic()
    page.click("#runs >> text=Stop")
    page.wait_for_selector("#no-runs", timeout=15_000)
    print(f"and off it {time.monotonic() - began:.2f} s after it was stopped")
    assert kernel.run(f"print(ask('get_job_state', {job})['state'])").strip() == "4"
    kernel.end()
