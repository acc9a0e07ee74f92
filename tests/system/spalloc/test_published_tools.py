# SPDX-License-Identifier: Apache-2.0
"""The published client's own command-line tools against our daemon."""

import re

import pytest

pytestmark = pytest.mark.original


@pytest.fixture
def daemon(spallocd):
    return spallocd("--machine", "big=frame;tags=default,fast;dead_boards=1,1,2")


def test_spalloc_hands_its_command_a_board_that_answers(daemon, tool):
    code, output = tool(
        daemon, "spalloc", "--owner", "ada", "--quiet", "--command",
        "sh", "-c", "echo board {hostname} is {w} by {h}, job {id}; cat {ethernet_ips}; exit 7",
    )  # fmt: skip
    assert code == 7, output
    found = re.search(r"board (127\.[0-9.]+) is 8 by 8, job 1\n", output)
    assert found, output
    assert f"x,y,hostname\n0,0,{found[1]}\n" in output
    client = daemon.client()
    assert client.state(1) == 4
    assert client.call("list_jobs") == []


def test_spalloc_takes_triads_and_says_why_it_gets_nothing(daemon, tool):
    code, output = tool(
        daemon, "spalloc", "2", "1", "--owner", "ada", "--quiet", "--command",
        "cat", "{ethernet_ips}",
    )  # fmt: skip
    assert code == 0, output
    boards = re.findall(r"^(\d+,\d+),127\.", output, re.MULTILINE)
    assert boards == ["0,0", "4,8", "8,4", "12,0", "16,8", "20,4"], output
    code, output = tool(daemon, "spalloc", "9", "9", "--owner", "ada", "--command", "true")
    assert code == 1
    assert "9 x 9 triads" in output, output


def test_spalloc_resumes_a_job_that_others_made(daemon, tool, ready):
    job = ready(daemon.client())
    code, output = tool(
        daemon, "spalloc", "--resume", str(job), "--no-destroy", "--command", "echo", "{id}"
    )
    assert code == 0, output
    assert re.search(rf"^{job}$", output, re.MULTILINE), output
    assert daemon.client().state(job) == 3


def test_spalloc_ps_lists_jobs_and_filters_by_owner(daemon, tool, ready):
    client = daemon.client()
    job = ready(client, 1, 1)
    client.call("create_job", 4, 2, owner="bob", keepalive=None)
    code, output = tool(daemon, "spalloc-ps")
    assert code == 0, output
    rows = [line.split() for line in output.splitlines()[1:]]
    assert rows[0][:5] == [str(job), "ready", "on", "3", "big"], output
    assert rows[0][-3:] == ["60.0", "ada", "(127.0.0.1)"], output
    assert rows[1][:2] == ["2", "queue"], output
    code, output = tool(daemon, "spalloc-ps", "--owner", "bob")
    assert [line.split()[0] for line in output.splitlines()[1:]] == ["2"], output


def test_spalloc_machine_lists_and_draws(daemon, tool, ready):
    code, output = tool(daemon, "spalloc-machine")
    assert code == 0, output
    assert output.splitlines()[1].split()[:3] == ["big", "23", "0"], output  # one of 24 is dead
    ready(daemon.client(), 1, 1)
    code, output = tool(daemon, "spalloc-machine", "big", "--detailed")
    assert code == 0, output
    assert re.search(r"Tags: default, fast", output), output
    assert re.search(r"In-use: +3 of 23", output), output
    assert "ada" in output, output
    code, output = tool(daemon, "spalloc-machine", "other")
    assert code != 0, output


def test_spalloc_where_is_places_a_jobs_chip(daemon, tool, ready):
    """By --job-chip alone: with its other options the published 7.4.1 ends in a TypeError of its
    own before it asks (its ProtocolClient.where_is takes a job only).
    """
    job = str(ready(daemon.client(), 2, 1, 0))
    code, output = tool(daemon, "spalloc-where-is", "--job-chip", job, "3", "1")
    assert code == 0, output
    found = dict(re.findall(r"^ *([A-Z][a-z ]+): (.*)$", output, re.MULTILINE))
    assert found == {
        "Machine": "big",
        "Physical location": "Cabinet 0, Frame 0, Board 18",
        "Board coordinate": "(2, 1, 0)",
        "Machine chip coordinates": "(27, 13)",
        "Coordinates within board": "(3, 1)",
        "Job using board": job,
        "Coordinates within job": "(3, 1)",
    }
    code, output = tool(daemon, "spalloc-where-is", "--job-chip", job, "7", "0")
    assert code == 4
    assert "No boards at the specified location" in output, output
    code, output = tool(daemon, "spalloc-where-is", "--chip", "big", "24", "12")
    assert "TypeError" in output, "the published tool was mended: test its other options too"


def test_spalloc_job_shows_switches_and_destroys(daemon, tool, ready, board_client):
    client = daemon.client()
    job = ready(client)
    [address] = client.addresses(job)
    code, output = tool(daemon, "spalloc-job", "--owner", "ada")
    assert code == 0, output
    assert re.search(r"State: +ready", output), output
    assert address in output
    assert tool(daemon, "spalloc-job", str(job), "--ethernet-ips") == (
        0, f"x,y,hostname\n0,0,{address}\n"
    )  # fmt: skip

    board = board_client(address)
    assert board.answers()
    assert tool(daemon, "spalloc-job", str(job), "--power-off")[0] == 0
    assert not board.answers()
    assert daemon.machines() == []
    assert tool(daemon, "spalloc-job", str(job), "--power-on")[0] == 0
    [address] = client.addresses(job)
    assert board_client(address).answers()

    assert tool(daemon, "spalloc-job", str(job), "--destroy", "enough")[0] == 0
    assert client.reason(job) == "enough"
    code, output = tool(daemon, "spalloc-job", str(job))
    assert re.search(r"State: +destroyed", output), output
    assert re.search(r"Reason: +enough", output), output
    assert tool(daemon, "spalloc-job", "--owner", "nobody")[0] == 3
