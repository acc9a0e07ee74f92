# SPDX-License-Identifier: Apache-2.0
"""The robotics platform as a process: started, found, spoken to, stopped."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="the notebook server's environment has it")

from spinnlab.commands import robotics as command
from spinnlab.robotics import COOKIE, ENDS_WITH, SINGLE_SIGN_ON, service
from spinnlab.robotics.errors import RoboticsError
from spinnlab.robotics.owner import owner_of
from spinnlab.robotics.place import Place

NOBODY = 65534
RIGHT = {"user": "nrpuser", "password": "password"}


@pytest.fixture
def place(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("r") / "run"  # short: a socket is in it
    monkeypatch.setenv("SPINNLAB_RUNTIME_DIR", str(folder))
    monkeypatch.delenv(ENDS_WITH, raising=False)
    found = Place.mine()
    yield found
    service.stop(found)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Browser:
    """Keeps the one cookie that the platform sets."""

    def __init__(self, running: service.Running) -> None:
        self.host = f"127.0.0.1:{running.port}"
        self.cookie = ""

    def ask(
        self, method: str, path: str, value: Any = None, **headers: str
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self.host, timeout=30)
        sent = {name.replace("_", "-"): said for name, said in headers.items()}
        if self.cookie:
            sent["Cookie"] = self.cookie
        connection.request(method, path, None if value is None else json.dumps(value), sent)
        answer = connection.getresponse()
        answer.text = answer.read().decode()  # type: ignore[attr-defined]
        if said := answer.getheader("Set-Cookie"):
            self.cookie = said.split(";")[0]
        return answer

    def session(self) -> dict[str, Any]:
        answer = self.ask("GET", "/api/v1/session")
        return dict(json.loads(answer.text))  # type: ignore[attr-defined]


def is_alive(pid: int) -> bool:
    """Not so if it is only waited for: these are children of the tests."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        return not service.has_ended(process, 0)
    finally:
        os.close(process)


def until_ended(pid: int, within_s: float = 30.0) -> None:
    end = time.monotonic() + within_s
    while is_alive(pid):
        assert time.monotonic() < end, f"process {pid} lives on"
        time.sleep(0.02)


def test_started_twice_it_is_one_and_stopped_it_is_gone(place: Place) -> None:
    assert service.find(place) is None
    assert not service.stop(place)
    first = service.start(place, free_port())
    assert service.start(place, free_port()) == first == service.find(place)
    assert service.stop(place)
    assert not is_alive(first.pid)
    assert service.find(place) is None and not place.socket_file.exists()
    said = place.log.read_text()
    assert said.index("ready") < said.index("stopped")


def test_of_four_that_start_it_at_once_one_does(place: Place) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: service.start(place, 0), range(4)))
    assert len({running.pid for running in found}) == 1


def test_one_that_is_about_to_answer_is_waited_for(place: Place) -> None:
    lock = place.take()  # as another process does before it listens
    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(service.start, place, 0)
        time.sleep(2)
        assert not started.done()  # its own process has ended: there can be one only
        os.close(lock)
        other = subprocess.Popen(
            [sys.executable, "-m", "spinnlab.robotics.host", str(place.folder), "0"]
        )
        assert started.result(30).pid == other.pid
    service.stop(place)
    other.wait(30)


def test_after_a_kill_it_starts_again(place: Place) -> None:
    killed = service.start(place, 0)
    os.kill(killed.pid, signal.SIGKILL)
    until_ended(killed.pid)
    assert place.socket_file.exists()  # it had no time to tidy up
    assert service.find(place) is None
    assert service.start(place, 0).pid != killed.pid


def test_a_port_that_is_taken_is_said_with_the_way_out(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RoboticsError, match=rf"Port {port} .*--port {port + 1}"):
            service.start(place, port)
    assert service.start(place, port).port == port


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_number_that_is_no_port_is_said(place: Place, port: int) -> None:
    with pytest.raises(RoboticsError, match=rf"--port {port} is no port; ports are 1 to 65535"):
        service.start(place, port)


def test_it_ends_with_the_server_below_which_it_was_started(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    monkeypatch.setenv(ENDS_WITH, str(server.pid))
    running = service.start(place, 0)
    assert is_alive(running.pid)
    server.communicate(b"\n")
    until_ended(running.pid)
    assert "the notebook server has ended" in place.log.read_text()
    # One that is gone already is no reason to stay.
    with pytest.raises(RoboticsError, match="has ended"):
        service.start(place, 0)


def test_the_form_takes_the_name_and_password_that_people_know(place: Place) -> None:
    browser = Browser(service.start(place, free_port()))
    assert browser.session() == {"signed_in": False, "form": True, "user": "nrpuser"}
    for wrong in ({**RIGHT, "password": "Password"}, {**RIGHT, "user": "root"}, {}, ["x"]):
        refused = browser.ask("POST", "/api/v1/session", wrong)
        assert refused.status == 401
        assert "wrong" in json.loads(refused.text)["message"]  # type: ignore[attr-defined]
    assert not browser.session()["signed_in"]
    answer = browser.ask("POST", "/api/v1/session", RIGHT)
    assert answer.status == 204
    said = str(answer.getheader("Set-Cookie"))
    assert said.startswith(f"{COOKIE}=") and "HttpOnly" in said and "SameSite=Strict" in said
    assert browser.session()["signed_in"]
    kept = browser.cookie
    assert browser.ask("DELETE", "/api/v1/session").status == 204
    browser.cookie = kept
    assert not browser.session()["signed_in"]


def test_single_sign_on_skips_the_form(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SINGLE_SIGN_ON, "1")
    browser = Browser(service.start(place, free_port()))
    assert browser.session() == {"signed_in": True, "form": False, "user": "nrpuser"}


def test_pages_of_other_sites_reach_nothing(place: Place) -> None:
    running = service.start(place, free_port())
    browser = Browser(running)
    # A name of another site that leads to this address.
    rebound = browser.ask("GET", "/api/v1/session", Host=f"evil.example:{running.port}")
    assert rebound.status == 403 and browser.host in rebound.text  # type: ignore[attr-defined]
    # A form of another site; browsers name its origin.
    foreign = browser.ask("POST", "/api/v1/session", RIGHT, Origin="http://evil.example")
    assert foreign.status == 403 and not browser.cookie
    own = browser.ask("POST", "/api/v1/session", RIGHT, Origin=f"http://{browser.host}")
    assert own.status == 204


def test_what_pages_are_made_of_comes_from_here_alone(place: Place) -> None:
    browser = Browser(service.start(place, free_port()))
    page = browser.ask("GET", "/")
    assert page.status == 200
    assert "default-src 'self'" in str(page.getheader("Content-Security-Policy"))
    text = page.text  # type: ignore[attr-defined]
    assert "style=" not in text and "onclick" not in text  # the policy would forbid them
    for path in ("/shared/tokens.css", "/shared/hub.css", "/static/robotics.css"):
        assert browser.ask("GET", path).status == 200, path
    for path in ("/shared/..%2f__init__.py", "/static/../application.py", "/docs", "/openapi.json"):
        assert browser.ask("GET", path).status in (404, 405), path


def test_the_owner_of_a_connection_is_who_made_it() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    with server, socket.create_connection(server.getsockname()) as client:
        assert owner_of(client.getsockname(), server.getsockname()) == os.getuid()
        assert owner_of(("127.0.0.1", 1), server.getsockname()) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_another_user_of_the_computer_is_refused(place: Place) -> None:
    running = service.start(place, free_port())
    code = (
        "import http.client, os, sys; os.setuid(int(sys.argv[2]))\n"
        "c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1])); c.request('GET', '/')\n"
        "a = c.getresponse(); print(a.status, a.read().decode())"
    )
    words = [sys.executable, "-c", code, str(running.port), str(NOBODY)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("403 ") and "another user" in done.stdout


def test_the_old_names_start_show_and_stop_it(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def old(run: Any) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["cle"])
        with pytest.raises(SystemExit) as ended:
            run()
        return int(ended.value.code or 0), capsys.readouterr().out

    monkeypatch.setenv(ENDS_WITH, str(os.getpid()))  # as in a terminal of the lab
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    code, said = old(command.cle_nginx)
    assert code == 0 and "ready: /user/ada/proxy/9000/#/esv-private" in said
    running = service.find(place)
    assert running is not None and running.port == 0  # no port that others could try
    shown = subprocess.Popen(
        [sys.executable, "-c", "from spinnlab.commands.robotics import cle_start; cle_start()"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert shown.stdout is not None
    lines: list[str] = []
    while not lines or not lines[-1].endswith("ready\n"):
        lines.append(shown.stdout.readline())
    shown.send_signal(signal.SIGINT)  # leaves the platform alone
    assert shown.wait(30) == 130
    assert service.find(place) == running
    assert old(command.cle_kill) == (0, "The robotics platform is stopped.\n")
    assert old(command.cle_kill) == (0, "The robotics platform did not run.\n")


def test_a_log_that_was_removed_is_said_with_the_way_out(place: Place) -> None:
    service.start(place, free_port())
    place.log.unlink()
    done = subprocess.run(
        [sys.executable, "-c", "from spinnlab.commands.robotics import cle_start; cle_start()"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "cle-kill, then cle-start" in done.stderr
    assert service.find(place) is not None  # it goes on


def test_over_tls_the_cookie_is_sent_in_a_frame_of_another_site(place: Place) -> None:
    """Behind a notebook server, which says how the browser reached it."""
    service.start(place, 0)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(place.socket_file))
        body = json.dumps(RIGHT)
        connection.sendall(
            f"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\n"
            f"X-Forwarded-Prefix: /user/ada/proxy/9000\r\nContent-Length: {len(body)}\r\n"
            f"Connection: close\r\n\r\n{body}".encode()
        )
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
    [said] = [line for line in answer.split("\r\n") if line.lower().startswith("set-cookie")]
    for part in ("Path=/user/ada/proxy/9000/;", "SameSite=None", "Secure", "Partitioned"):
        assert part in said
