# SPDX-License-Identifier: Apache-2.0
"""Clients that vanish: their boards are free within the keep-alive time, with a lease at once."""

import time

import pytest

KEEPALIVE_S = 1.0
#: A loaded computer may be late; the times are reported.
SLACK = 5


def frees_within(eventually, client, job, began, record_property, name):
    eventually(lambda: job not in [j["job_id"] for j in client.call("list_jobs")], 30, "destroyed")
    # The whole machine is asked for: it is there only when the lost client's boards are off.
    again = client.call("create_job", 1, 1, owner="bob", keepalive=60)
    eventually(lambda: client.state(again) == 3, 30, "boards of the lost client free")
    took = time.monotonic() - began
    record_property(f"{name}_s", round(took, 3))
    print(f"{name}: boards free and on again {took:.2f} s after the client was lost")
    return took


@pytest.mark.original
def test_a_client_that_keeps_its_job_alive_keeps_it(spallocd, published_job):
    """The published client's helper process, for three times as long as the keep-alive time."""
    daemon = spallocd()
    client = daemon.client()
    _, job = published_job(daemon, KEEPALIVE_S)
    end = time.monotonic() + 3 * KEEPALIVE_S
    while time.monotonic() < end:
        # The list tells the state without keeping the job alive.
        assert [j["job_id"] for j in client.call("list_jobs")] == [job]
        time.sleep(0.05)


@pytest.mark.original
@pytest.mark.parametrize("phase", ["creating", "ready", "running"])
def test_kill_9_of_the_published_client(
    phase, spallocd, published_job, slow_machine, eventually, board_client, record_property
):
    options = ["--machine-program", str(slow_machine)] if phase == "creating" else []
    daemon = spallocd(*options)
    client = daemon.client()
    process, job = published_job(daemon, KEEPALIVE_S)
    state = lambda: client.call("list_jobs")[0]["state"]  # noqa: E731
    if phase == "creating":
        assert state() == 2
    else:
        eventually(lambda: state() == 3, 10, "ready")
    if phase == "running":
        board = board_client(client.addresses(job)[0])
        board.start([0xEAFFFFFE])  # a branch to itself
    [machine] = daemon.machines()
    began = time.monotonic()
    process.kill()
    took = frees_within(eventually, client, job, began, record_property, f"lost while {phase}")
    assert machine not in daemon.machines()
    # The published helper tells of itself twice in a keep-alive time, so one may still be due.
    assert took < SLACK * KEEPALIVE_S
    assert "keepalive" in client.reason(job)


def test_a_queued_job_of_a_lost_client_leaves_the_queue(spallocd, ready, eventually):
    daemon = spallocd()
    client = daemon.client()
    holder = ready(client, 1, 1, keepalive=None)
    lost = daemon.client()
    waiting = lost.call("create_job", 1, 1, owner="eve", keepalive=0.5)
    assert lost.state(waiting) == 1
    lost.close()
    jobs = lambda: [job["job_id"] for job in client.call("list_jobs")]  # noqa: E731
    took = eventually(lambda: jobs() == [holder], SLACK * 0.5, "queued job gone")
    assert took > 0.3, "not before its time"
    assert client.reason(waiting).startswith("Cancelled: ")


def test_a_lease_ends_with_its_connection(spallocd, ready, eventually, record_property):
    daemon = spallocd()
    client = daemon.client()
    holder = daemon.client()
    holder.call("lease", "ada")
    job = ready(client, 1, 1, keepalive=None)
    others = client.call("create_job", 1, owner="bob", keepalive=None)
    began = time.monotonic()
    holder.close()
    eventually(lambda: client.state(job) == 4, 5, "destroyed")
    eventually(lambda: client.state(others) == 3, 5, "the queue goes on")
    took = time.monotonic() - began
    record_property("lease_s", round(took, 3))
    print(f"lease: destroyed and the next job on after {took:.2f} s")
    assert "lease of ada" in client.reason(job)


def test_the_daemon_ends_when_nobody_uses_it(spallocd):
    daemon = spallocd("--exit-when-unused", "0.3")
    holder = daemon.client()
    holder.call("lease", "ada")
    time.sleep(0.6)
    assert daemon.process.poll() is None
    holder.close()
    assert daemon.process.wait(5) == 0
