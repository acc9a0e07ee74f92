# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon and of machines in every phase: clear words, nothing left behind."""

import getpass
import os
import signal
import sqlite3

import pytest

PHASES = ["creating", "ready", "running"]
#: A branch to itself.
BUSY_LOOP = [0xEAFFFFFE]


@pytest.fixture
def in_phase(spallocd, slow_machine, eventually, board_client):
    """in_phase(phase): a daemon, a client of it, and its job in that phase."""

    def make(phase):
        options = ["--machine-program", str(slow_machine)] if phase == "creating" else []
        daemon = spallocd(*options)
        client = daemon.client()
        job = client.call("create_job", owner="ada", keepalive=60)
        eventually(lambda: len(daemon.machines()) == 1, 10, "started")
        if phase == "creating":
            assert client.state(job) == 2
        else:
            eventually(lambda: client.state(job) == 3, 10, "ready")
        if phase == "running":
            board_client(client.addresses(job)[0]).start(BUSY_LOOP)
        return daemon, client, job

    return make


@pytest.mark.parametrize("phase", PHASES)
def test_a_killed_daemon_leaves_no_machine_and_its_successor_has_the_job(
    phase, in_phase, spallocd, eventually, process_lives, board_client
):
    daemon, client, job = in_phase(phase)
    [machine] = daemon.machines()
    addresses = client.addresses(job)
    daemon.kill()
    eventually(lambda: not process_lives(machine), 3, "machine gone with its daemon")

    successor = spallocd(port=daemon.port)
    client = successor.client()
    assert [j["job_id"] for j in client.call("list_jobs")] == [job]
    eventually(lambda: client.state(job) != 2, 10, "boards on again")
    assert client.state(job) == 3, client.reason(job)
    assert client.addresses(job) == addresses
    assert board_client(addresses[0]).answers(2)
    assert client.call("create_job", owner="ada") == job + 1


@pytest.mark.parametrize("phase", PHASES)
def test_a_killed_machine_destroys_its_job_and_no_other(phase, in_phase, eventually, board_client):
    daemon, client, job = in_phase(phase)
    [machine] = daemon.machines()
    other = client.call("create_job", owner="bob", keepalive=60)
    if phase != "creating":
        eventually(lambda: client.state(other) == 3, 10, "the other is ready")
    os.kill(machine, signal.SIGKILL)
    eventually(lambda: client.state(job) == 4, 2, "destroyed")
    assert "ended by signal 9 (Killed)" in client.reason(job)
    eventually(lambda: client.state(other) != 2, 10, "the other is on")
    assert client.state(other) == 3, client.reason(other)
    assert board_client(client.addresses(other)[0]).answers(2)
    assert machine not in daemon.machines()
    # Its board is free again: the whole triad can be had without it and the other.
    client.call("destroy_job", other)
    whole = client.call("create_job", 1, 1, owner="ada", keepalive=60)
    eventually(lambda: client.state(whole) == 3, 10, "all three boards")


def test_a_machine_that_cannot_run_says_why_in_the_jobs_reason(spallocd, tmp_path, eventually):
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'no such luck' >&2\nexit 3\n")
    broken.chmod(0o755)
    client = spallocd("--machine-program", str(broken)).client()
    job = client.call("create_job", owner="ada")
    eventually(lambda: client.state(job) == 4, 5, "destroyed")
    assert "exit code 3" in client.reason(job)
    assert "Its last message: no such luck" in client.reason(job)


def test_a_daemon_that_is_asked_to_stop_takes_its_machines_along(in_phase, process_lives, tmp_path):
    daemon, _, _ = in_phase("running")
    [machine] = daemon.machines()
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(5) == 0
    assert not process_lives(machine)
    with sqlite3.connect(tmp_path / "jobs.db") as database:
        assert database.execute("SELECT id, user FROM jobs").fetchall() == [(1, getpass.getuser())]
