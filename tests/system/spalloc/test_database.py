# SPDX-License-Identifier: Apache-2.0
"""The data base: a job is in it before its number is known, and its failures change nothing."""

import contextlib
import resource
import sqlite3
import time

import pytest


def rows(path, statement):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute(statement).fetchall()


def test_kill_9_at_the_answer_loses_no_job(spallocd):
    """Killed as soon as numbers are known, twenty times: each number is found again."""
    jobs = []
    for _ in range(20):
        # On any port: the killed one may be held a moment longer, by a child that is just made.
        daemon = spallocd()
        client = daemon.client()
        for _ in range(3):
            jobs.append(client.call("create_job", owner="ada", keepalive=None))
        daemon.kill()
    listed = [job["job_id"] for job in spallocd().client().call("list_jobs")]
    assert listed == jobs == list(range(1, 61))


def test_a_locked_data_base_refuses_the_command_and_nothing_else(spallocd, ready, tmp_path):
    daemon = spallocd()
    client = daemon.client()
    job = ready(client)
    lock = sqlite3.connect(tmp_path / "jobs.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    for command, arguments in (
        ("create_job", {"owner": "ada"}),
        ("destroy_job", {"job_id": job}),
        ("power_off_job_boards", {"job_id": job}),
        ("set_quota", {"user": "bob", "boards": 1}),
    ):
        with pytest.raises(RuntimeError, match=r"jobs\.db cannot be .*locked"):
            client.call(command, **arguments)
    assert [j["job_id"] for j in client.call("list_jobs")] == [job]
    assert client.state(job) == 3
    client.call("job_keepalive", job)
    # What needs no permission goes on: a lost client's boards are freed.
    lost = daemon.client()
    lost.call("lease", "ada")
    lost.close()
    deadline = time.monotonic() + 10
    while client.state(job) != 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert client.state(job) == 4
    lock.execute("ROLLBACK")
    lock.close()
    assert client.call("create_job", owner="ada") == job + 1, "no number is lost"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if rows(tmp_path / "jobs.db", "SELECT id FROM history") == [(job,)]:
            return
        time.sleep(0.1)
    pytest.fail("what happened by itself was not stored after the lock had gone")


def test_a_full_disk_refuses_the_command_and_nothing_else(spallocd, ready):
    """A limit on the size of files, which the kernel tells like a full disk."""
    daemon = spallocd()
    client = daemon.client()
    job = ready(client)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    with pytest.raises(RuntimeError, match=r"jobs\.db cannot be"):
        for _ in range(3):
            client.call("create_job", owner="ada" * 1000)
    assert client.state(job) == 3
    assert daemon.process.poll() is None
    resource.prlimit(
        daemon.process.pid,
        resource.RLIMIT_FSIZE,
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY),
    )
    known = [j["job_id"] for j in client.call("list_jobs")]
    new = client.call("create_job", owner="ada")
    assert new == max(known) + 1
    daemon.kill()
    successor = spallocd(port=daemon.port)
    assert [j["job_id"] for j in successor.client().call("list_jobs")] == [*known, new]


def test_history_usage_and_audit_are_kept(spallocd, ready, tmp_path):
    client = spallocd().client()
    job = ready(client)
    client.call("set_quota", "bob", boards=6, priority=2)
    client.call("destroy_job", job, reason="enough")
    history = rows(tmp_path / "jobs.db", "SELECT id, owner, boards, reason FROM history")
    assert history == [(job, "ada", 1, "enough")]
    actions = rows(tmp_path / "jobs.db", "SELECT action, job, detail FROM audit ORDER BY rowid")
    assert actions == [
        ("create", job, "one board"),
        ("quota", None, "bob: 6 boards, priority 2"),
        ("destroy", job, "enough"),
    ]
    [(seconds,)] = rows(
        tmp_path / "jobs.db", "SELECT board_seconds FROM usage WHERE board_seconds > 0"
    )
    assert 0 < seconds < 60
    assert (tmp_path / "jobs.db").stat().st_mode & 0o777 == 0o600


def test_what_is_old_is_forgotten_at_the_start(spallocd, ready, tmp_path):
    daemon = spallocd()
    client = daemon.client()
    jobs = [ready(client) for _ in range(2)]
    for job in jobs:
        client.call("destroy_job", job)
    daemon.kill()
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.db")) as database:
        database.execute("UPDATE history SET end_time = end_time - 15 * 86400 WHERE id = 1")
        database.execute("UPDATE audit SET time = time - 91 * 86400 WHERE job = 1")
        database.commit()
    client = spallocd(port=daemon.port).client()
    assert [client.state(job) for job in jobs] == [0, 4]
    assert rows(tmp_path / "jobs.db", "SELECT DISTINCT job FROM audit") == [(2,)]
