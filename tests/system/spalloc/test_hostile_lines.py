# SPDX-License-Identifier: Apache-2.0
"""Clients that send what they should not: the daemon stays, and answers the others."""

import json
import os
import random
import re
import select
import socket
import time
from pathlib import Path

import pytest


@pytest.fixture
def daemon(spallocd):
    return spallocd("--machine", "m=frame")


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def test_what_is_no_call_ends_its_connection_and_no_other(daemon):
    bystander = daemon.client()
    for line in [
        b"hello\n",
        b"\n\n{}\n",
        b"[]\n",
        b"null\n",
        b'{"command": 7}\n',
        b'{"command": "reboot"}\n',
        b'{"command": "version", "args": {}}\n',
        b'{"command": "version", "kwargs": 3}\n',
        b'{"command": "version"\n',
        b"[" * 100_000 + b"\n",
        b'{"command": "x", "args": ' + b"[" * 1000 + b"]" * 1000 + b"}\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        bytes(range(256)) + b"\n",
        os.urandom(65536) + b"\n",
        b'{"command": "\xff\xfe"}\n',
        b'{"command": "create_job", "args": [1e999]}\n',
    ]:
        client = daemon.client()
        client.send(line)
        assert client.line() == b"", line[:60]
        assert bystander.call("version") == "1.0.0", line[:60]


def test_wrong_arguments_are_answered_and_the_connection_stays(daemon):
    client = daemon.client()
    for command, args, kwargs in [
        ("get_job_state", ["1"], {}),
        ("get_job_state", [], {}),
        ("get_job_state", [2**63], {}),
        ("get_job_state", [1.5], {}),
        ("create_job", [], {}),
        ("create_job", [1, 2, 3, 4], {"owner": "a"}),
        ("create_job", ["a"], {"owner": "a"}),
        ("create_job", [], {"owner": "a", "keepalive": "soon"}),
        ("create_job", [], {"owner": "a", "keepalive": -1}),
        ("create_job", [], {"owner": "a", "tags": [1]}),
        ("create_job", [], {"owner": "o" * 5000}),
        ("where_is", [], {"machine": "m", "x": {}}),
        ("where_is", [], {}),
        ("lease", [None], {}),
    ]:
        with pytest.raises(RuntimeError, match=r"."):
            client.call(command, *args, **kwargs)
    assert client.call("list_jobs") == []


def test_lines_arrive_in_pieces_and_many_at_once(daemon):
    client = daemon.client()
    line = json.dumps({"command": "version"}).encode() + b"\r\n"
    for byte in line:
        client.send(bytes([byte]))
    assert json.loads(client.line()) == {"return": "1.0.0"}
    client.send(line * 1000)
    for _ in range(1000):
        assert json.loads(client.line()) == {"return": "1.0.0"}


def test_a_line_without_an_end_is_cut_off(daemon):
    bystander = daemon.client()
    client = daemon.client()
    with pytest.raises((ConnectionError, BrokenPipeError)):
        for _ in range(1000):
            client.send(b"a" * 65536)
            if select.select([client.socket], [], [], 0)[0]:
                raise ConnectionError
    assert bystander.call("version") == "1.0.0"
    assert resident_kib(daemon.process.pid) < 200_000
    # One that stops in the middle of a line, too.
    half = daemon.client()
    half.send(b'{"command": "ver')
    half.socket.shutdown(socket.SHUT_WR)
    assert half.line() == b""


def test_a_client_that_does_not_read_is_cut_off(daemon, eventually):
    bystander = daemon.client()
    job = bystander.call("create_job", owner="a" * 4000, keepalive=None)
    client = daemon.client()
    line = json.dumps({"command": "list_jobs"}).encode() + b"\n"
    client.send(line * 20_000)  # 80 MB of answers
    eventually(lambda: "does not read what it asked for" in daemon.log(), 10, "cut off")
    assert bystander.call("get_job_state", job)["state"] in (2, 3)
    assert resident_kib(daemon.process.pid) < 200_000


def test_random_bytes_from_many_connections(daemon):
    bystander = daemon.client()
    random_bytes = random.Random(3)
    for _ in range(200):
        client = daemon.client()
        client.send(random_bytes.randbytes(random_bytes.randrange(1, 3000)))
        client.close()
    assert bystander.call("version") == "1.0.0"


def test_200_connections_and_1000_waiting_jobs(daemon, record_property):
    """Commands keep to milliseconds; the bound is five times the aim of 20 ms."""
    holder = daemon.client()
    holder.call("create_job", 4, 2, owner="a", keepalive=None)
    for number in range(1000):
        holder.call("create_job", 2 + number % 20, owner="a", keepalive=None)
    clients = [daemon.client() for _ in range(200)]
    for client in clients:
        client.call("notify_job")
    times = []
    for number in range(1000):
        began = time.monotonic()
        clients[number % 200].call("get_job_state", number + 1)
        times.append(time.monotonic() - began)
    times.sort()
    record_property("p99_ms", round(1e3 * times[989], 3))
    print(f"get_job_state with 200 clients and 1,000 waiting jobs: p99 {1e3 * times[989]:.2f} ms")
    assert times[989] < 0.1
