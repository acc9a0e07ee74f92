# SPDX-License-Identifier: Apache-2.0
"""Bytes that are no HTTP, too much of it, or too slow: refused, and the daemon goes on."""

import contextlib
import os
import random
import socket
import time

import pytest

from web import Web

HEAD = b"GET /srv/spalloc/ HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def daemon(service):
    return service()


@pytest.fixture
def raw(daemon):
    """raw(data, shut=True): what comes back on a connection of its own; empty if it is closed."""

    def send(data: bytes, shut: bool = False) -> bytes:
        with socket.create_connection(("127.0.0.1", daemon.http_port), timeout=20) as connection:
            received = b""
            try:
                connection.sendall(data)
                if shut:
                    connection.shutdown(socket.SHUT_WR)
                while chunk := connection.recv(65536):
                    received += chunk
                    if b"\r\n\r\n" in received and not shut:
                        break
            except (ConnectionResetError, BrokenPipeError):
                pass
            return received

    return send


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # TLS to the plain port
        (b"GET\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"\0" * 100 + b"\r\n\r\n", 400),
        (HEAD + b"Content-Length: -1\r\n\r\n", 400),
        (HEAD + b"Content-Length: 99999999999999999999\r\n\r\n", 400),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (HEAD + b"No colon here\r\n\r\n", 400),
        (HEAD + b"X: " + b"y" * 20_000 + b"\r\n\r\n", 400),
        (HEAD + b"X: y\r\n" * 5_000 + b"\r\n", 400),
        (HEAD + b"Content-Length: 70000\r\n\r\n", 413),
        (HEAD + b"Content-Length: 999999999999\r\n\r\n", 413),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n" + b"x" * 0xFFFFF + b"\r\n", 413),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"GET /srv/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /srv/spalloc/ HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        (b"GET /srv/spalloc/ HTTP/1.1\r\n\r\n", 400),
        (HEAD + b"Host: again\r\n\r\n", 400),
        (HEAD + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 401),
    ],
)
def test_what_is_no_request_is_told_so(raw, daemon, data, status):
    answer = raw(data)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert daemon.process.poll() is None


def test_random_bytes_do_no_harm(raw, daemon):
    chance = random.Random(1)
    pieces = [HEAD, b"\r\n", b"Content-Length: 5\r\n", b"Cookie: JSESSIONID=", b"\0", b"POST "]
    pieces += [b"Transfer-Encoding: chunked\r\n", b"?x=%", b"Authorization: Bearer ", b":"]
    for _ in range(300):
        parts = [chance.choice([*pieces, os.urandom(8)]) for _ in range(chance.randint(1, 12))]
        answer = raw(b"".join(parts), shut=True)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer[:200]
    assert Web(daemon.http_port).ask("GET", "/system/login.html").status == 200


def test_a_client_that_stops_in_the_middle_is_left_alone(daemon):
    connections = []
    for data in (b"", b"GET /srv", HEAD + b"Content-Length: 10\r\n\r\nfive."):
        connection = socket.create_connection(("127.0.0.1", daemon.http_port), timeout=200)
        connection.sendall(data)
        connections.append(connection)
    began = time.monotonic()
    assert Web(daemon.http_port).ask("GET", "/system/login.html").status == 200
    for connection in connections:
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1000) == b""
        connection.close()
    waited_s = time.monotonic() - began
    print(f"slow clients were given up after {waited_s:.1f} s")
    assert waited_s < 150  # 30 s are allowed


def test_more_clients_than_there_is_room_for(daemon, eventually):
    crowd = [
        socket.create_connection(("127.0.0.1", daemon.http_port), timeout=20) for _ in range(520)
    ]
    try:
        last = crowd[-1]
        assert last.recv(10) == b"", "it must be closed at once"
    finally:
        for connection in crowd:
            connection.close()

    def served() -> bool:
        with contextlib.suppress(OSError):
            return Web(daemon.http_port).ask("GET", "/system/login.html").status == 200
        return False

    eventually(served, 10, "room after all have gone")


@pytest.mark.parametrize("frame", [b"\xff" * 20, b"\x82\x05hello", b"\x82\xff" + b"\xff" * 12,
                                   b"\x03\x80\0\0\0\0", b"\x88\x81\0\0\0\0x"])  # fmt: skip
def test_broken_frames_end_a_websocket_only(daemon, web, frame):
    eve = web(daemon, "eve")
    events = eve.websocket("/srv/spinnlab/events")
    events.socket.sendall(frame)
    with contextlib.suppress(OSError):
        while events.receive()[0] != 8:
            pass
    assert eve.ask("GET", "/srv/spalloc/jobs").status == 200
    assert daemon.process.poll() is None
