# SPDX-License-Identifier: Apache-2.0
"""A client of the HTTP service that does only what it is told to, for tests."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import re
import socket
import ssl
import struct
from dataclasses import dataclass, field
from urllib.parse import urlencode

CSRF = re.compile(r'<input type="hidden" name="_csrf" value="(.*)" />')


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def cookie(self) -> str | None:
        found = re.match(r"JSESSIONID=([0-9a-f]*);", self.headers.get("set-cookie", ""))
        return found and found[1]


@dataclass
class Web:
    """Sends requests to a port of 127.0.0.1, each on a connection of its own."""

    port: int
    tls: ssl.SSLContext | None = None
    token: str | None = None
    cookie: str | None = None
    csrf: str | None = None
    extra: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body=None, kind: str | None = None, timeout_s=60):
        headers = {"Host": f"localhost:{self.port}", **self.extra}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.cookie:
            headers["Cookie"] = f"JSESSIONID={self.cookie}"
        if self.csrf:
            headers["X-CSRF-TOKEN"] = self.csrf
        if isinstance(body, dict):
            body, kind = json.dumps(body), kind or "application/json"
        if kind:
            headers["Content-Type"] = kind
        if self.tls:
            connection = http.client.HTTPSConnection(
                "localhost", self.port, timeout=timeout_s, context=self.tls
            )
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Reply(
                answer.status,
                {name.lower(): value for name, value in answer.getheaders()},
                answer.read(),
            )

    def try_login(self, name: str, password: str) -> Reply:
        page = self.ask("GET", "/system/login.html")
        assert page.status == 200
        self.cookie = page.cookie
        form = {"_csrf": CSRF.search(page.body.decode())[1], "username": name}
        form |= {"password": password, "submit": "submit"}
        return self.ask(
            "POST", "/system/perform_login", urlencode(form), "application/x-www-form-urlencoded"
        )

    def login(self, name: str, password: str) -> Web:
        reply = self.try_login(name, password)
        assert reply.status == 302, reply.body
        self.cookie = reply.cookie
        self.csrf = self.ask("GET", "/srv/spalloc/").json()["csrf-token"]
        return self

    def create(self, **what) -> str:
        """The path of a new job."""
        reply = self.ask("POST", "/srv/spalloc/jobs", {"keepalive-interval": "PT60S", **what})
        assert reply.status == 201, reply.body
        return re.sub("^https?://[^/]+", "", reply.headers["location"])

    def state(self, job: str) -> str:
        return self.ask("GET", job).json()["state"]

    def websocket(self, path: str) -> WebSocket | Reply:
        """An open WebSocket, or why there is none."""
        return open_websocket(self, path)


class WebSocket:
    """Frames of one side; what RFC 6455 asks of a client and no more."""

    def __init__(self, connection: socket.socket, rest: bytes) -> None:
        self.socket = connection
        self.waiting = rest

    def send(self, payload: bytes, opcode: int = 2) -> None:
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        else:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(head + mask + masked)

    def _take(self, count: int) -> bytes:
        while len(self.waiting) < count:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise ConnectionError("the other side has gone")
            self.waiting += chunk
        taken, self.waiting = self.waiting[:count], self.waiting[count:]
        return taken

    def receive(self) -> tuple[int, bytes]:
        """Opcode and payload of the next message; pings are passed over."""
        while True:
            first, second = self._take(2)
            size = second & 127
            if size == 126:
                [size] = struct.unpack(">H", self._take(2))
            elif size == 127:
                [size] = struct.unpack(">Q", self._take(8))
            payload = self._take(size)
            if first & 15 != 9:
                return first & 15, payload

    def close(self) -> None:
        self.socket.close()


def open_websocket(web: Web, path: str) -> WebSocket | Reply:
    connection = socket.create_connection(("127.0.0.1", web.port), timeout=20)
    if web.tls:
        connection = web.tls.wrap_socket(connection, server_hostname="localhost")
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: localhost:{web.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
    ]
    if web.token:
        lines.append(f"Authorization: Bearer {web.token}")
    if web.cookie:
        lines.append(f"Cookie: JSESSIONID={web.cookie}")
    if web.csrf:
        lines.append(f"X-CSRF-TOKEN: {web.csrf}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            break
        received += chunk
    head, _, rest = received.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    if status == 101:
        return WebSocket(connection, rest)
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(rest) < int(length[1]):
        rest += connection.recv(65536)
    connection.close()
    return Reply(status, {}, rest)
