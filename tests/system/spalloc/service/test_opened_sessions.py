# SPDX-License-Identifier: Apache-2.0
"""The service at a Unix socket, behind a proxy whose people an admin lets in."""

import getpass
import http.client
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from spinnlab.programs import find_program

URL = "http://lab.example.org/boards"


@pytest.fixture
def at_socket(spallocd):
    """at_socket(): a daemon without users, and the path of its socket, which must be short."""
    with tempfile.TemporaryDirectory(prefix="s") as folder:

        def start(*options: str):
            path = Path(folder) / "http.sock"
            return spallocd("--http-socket", str(path), "--http-url", URL, *options), path

        yield start


class Proxy:
    """What stands in front of the socket, for one client."""

    def __init__(self, path: Path, cookie: str = "", said_before: str = "") -> None:
        self.path, self.cookie = path, cookie
        self.forwarded = f"{said_before}203.0.113.7"
        self.csrf = ""
        if cookie:
            self.csrf = self.ask("GET", "/boards/srv/spalloc/")[1]["csrf-token"]

    def ask(self, method: str, target: str, body=None) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("localhost", timeout=30)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.path))
        headers = {"X-Forwarded-For": self.forwarded, "X-CSRF-TOKEN": self.csrf}
        if self.cookie:
            headers["Cookie"] = f"JSESSIONID={self.cookie}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, target, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else {}


JOB = {"keepalive-interval": "PT60S", "num-boards": 1}


def test_a_session_that_was_opened_is_its_accounts(at_socket, eventually):
    daemon, path = at_socket()
    admin = daemon.client()
    user = getpass.getuser()
    cookie = admin.call("open_http_session", user, "a token")
    client = Proxy(path, cookie, said_before="10.0.0.1, ")
    status, made = client.ask("POST", "/boards/srv/spalloc/jobs", JOB)
    assert status == 201
    assert made["job-ref"] == f"{URL}/srv/spalloc/jobs/1"

    def job() -> dict:
        return client.ask("GET", "/boards/srv/spalloc/jobs/1")[1]

    eventually(lambda: job()["state"] == "READY", 10, "boards on")
    told = job()
    assert told["owner"] == user
    assert told["keepalive-host"] == "203.0.113.7"  # whom the proxy named, not what was claimed
    [listed] = admin.call("list_jobs")
    assert listed["user"] == user
    admin.call("close_http_sessions", "a token")
    assert client.ask("GET", "/boards/srv/spalloc/jobs")[0] == 401
    assert admin.state(1) == 3  # the job goes on until its keep-alive ends


def test_released_users_are_out(at_socket):
    daemon, path = at_socket()
    admin = daemon.client()
    client = Proxy(path, admin.call("open_http_session", getpass.getuser(), "a token"))
    assert client.ask("POST", "/boards/srv/spalloc/jobs", JOB)[0] == 201
    assert admin.call("release_user", getpass.getuser()) == 1
    assert client.ask("GET", "/boards/srv/spalloc/jobs")[0] == 401


def test_a_session_ends_with_its_time(at_socket, eventually):
    daemon, path = at_socket()
    cookie = daemon.client().call("open_http_session", getpass.getuser(), "a token", 8)
    client = Proxy(path, cookie)
    eventually(lambda: client.ask("GET", "/boards/srv/spalloc/jobs")[0] == 401, 40, "its end")


def test_a_websocket_ends_with_the_time_of_its_session(service, web):
    daemon = service()
    client = web(daemon)
    client.cookie = daemon.client().call("open_http_session", getpass.getuser(), "a token", 8)
    client.csrf = client.ask("GET", "/srv/spalloc/").json()["csrf-token"]
    events = client.websocket("/srv/spinnlab/events")
    assert events.receive()[0] == 8  # closed, although nobody asks for anything
    assert client.ask("GET", "/srv/spalloc/jobs").status == 401
    events.close()


@pytest.mark.parametrize("what", ["events", "boards"])
def test_a_websocket_ends_with_the_session_that_opened_it(service, web, eventually, what):
    daemon = service()
    admin = daemon.client()
    client, other = web(daemon), web(daemon)
    for who, label in ((client, "a token"), (other, "another")):
        who.cookie = admin.call("open_http_session", getpass.getuser(), label)
        who.csrf = who.ask("GET", "/srv/spalloc/").json()["csrf-token"]
    job = client.create()
    eventually(lambda: client.state(job) == "READY", 10, "boards on")
    path = (
        "/srv/spinnlab/events"
        if what == "events"
        else job.replace("srv/spalloc/jobs", "spalloc/proxy")
    )
    ended, stays = client.websocket(path), other.websocket(path)
    admin.call("close_http_sessions", "a token")
    assert ended.receive()[0] == 8  # closed
    other.ask("DELETE", job)
    assert stays.receive()[0] == (1 if what == "events" else 8)  # only now, and for this
    ended.close()
    stays.close()


def test_strangers_find_nothing_to_sign_in_with(at_socket):
    daemon, path = at_socket()
    nobody = Proxy(path)
    assert nobody.ask("GET", "/boards/srv/spalloc/")[0] == 401
    with pytest.raises(RuntimeError, match="no account"):
        daemon.client().call("open_http_session", "no-such-account", "a token")
    with pytest.raises(RuntimeError, match="label"):
        daemon.client().call("open_http_session", getpass.getuser(), "")


def test_without_the_service_it_is_said(spallocd):
    with pytest.raises(RuntimeError, match="--http-socket"):
        spallocd().client().call("open_http_session", getpass.getuser(), "a token")


def test_the_socket_is_the_daemons_users_alone_and_outlives_no_daemon(at_socket):
    daemon, path = at_socket()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_uid == os.geteuid()
    daemon.kill()  # leaves the path behind
    again, _ = at_socket()
    assert Proxy(path).ask("GET", "/boards/srv/spalloc/")[0] == 401
    again.close()
    assert not path.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--http-socket", "s.sock"), "--http-url"),
        (("--http-socket", "/no/such/folder/s", "--http-url", URL), "--http-socket"),
        (("--http-socket", "s" * 120, "--http-url", URL), "--http-socket"),
        (("--http-socket", "s.sock", "--http-url", URL, "--http", "0"), "--http-users"),
    ],
)
def test_what_cannot_be_had_is_said(options, words, tmp_path, machine_program):
    done = subprocess.run(
        [str(find_program("spallocd")), "--port", "0", *options,
         "--machine-program", str(machine_program)],
        cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode in (1, 2)
    assert words in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")
def test_an_admin_by_option_becomes_nobody_else(at_socket):
    """Boards run as the account: it would be a way to root."""
    daemon, _ = at_socket("--shared", "--admin", "nobody")
    script = (
        "import json, socket, sys\n"
        f"s = socket.create_connection(('127.0.0.1', {daemon.port}))\n"
        's.sendall(b\'{"command": "open_http_session", "args": ["\' + sys.argv[1].encode()'
        ' + b\'", "a token"]}\\n\')\n'
        "print(s.makefile().readline())\n"
    )

    def tried(account: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", script, account], user="nobody", capture_output=True, text=True,
            timeout=30, check=True, cwd="/",
        ).stdout  # fmt: skip

    assert "cannot become root" in tried("root")
    assert '"return"' in tried("nobody")
