# SPDX-License-Identifier: Apache-2.0
"""A hub whose parts know each other by certificates (`site.inner_tls`)."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import socket
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from spinnlab.hub import inner_tls, settings, unix_users


@pytest.fixture(scope="module")
def hub(make_hub: Callable[..., Any]) -> Any:
    more = "[site]\ninner_tls = true"
    hub = make_hub(edit=lambda text: text.replace("[site]", more) + "look_every_s = 1\n")
    hub.add("ina", "ino")
    return hub


@pytest.fixture(scope="module")
def person(hub: Any) -> Any:
    person = hub.person("ina")
    person.sign_in()
    person.start()
    return person


def inner_ports(hub: Any) -> list[int]:
    """JupyterHub's, and the one where it tells the proxy its routes."""
    first = settings.load(hub.folder).site.port
    return [first + 1, first + 2]


@pytest.mark.filterwarnings("ignore:Unverified HTTPS")
def test_neither_hub_nor_proxy_speaks_with_who_has_no_certificate(hub: Any) -> None:
    for port in inner_ports(hub):
        with pytest.raises(requests.RequestException):
            requests.get(f"http://127.0.0.1:{port}/hub/api", timeout=10)
        with pytest.raises(requests.RequestException):
            requests.get(f"https://127.0.0.1:{port}/hub/api", timeout=10, verify=False)


def test_with_the_hubs_own_it_answers(hub: Any) -> None:
    trusting = inner_tls.as_the_hub(settings.load(hub.folder))
    with (
        socket.create_connection(("127.0.0.1", inner_ports(hub)[0]), timeout=10) as plain,
        trusting.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        assert secure.version() in ("TLSv1.2", "TLSv1.3")
        secure.sendall(b"GET /hub/api HTTP/1.0\r\n\r\n")
        assert b"200 OK" in secure.recv(1000)


def test_the_check_says_so_and_what_is_left(hub: Any) -> None:
    said = hub.command("check").stdout
    assert "the hub's parts know each other by certificates" in said
    assert "days more" not in said  # five years
    assert f"listen in its place at {settings.load(hub.folder).site.port}, and" in said


def test_people_notice_nothing(hub: Any, person: Any) -> None:
    kernel = person.new_kernel()
    assert kernel.run("print(6 * 7)") == "42\n"
    kernel.end()
    # The server tells the hub that it is used, and the hub's culler asks the hub.
    log = hub.log("hub")
    assert "activity" in log or person.api("GET", "status").status_code == 200
    assert "idle-culler@127.0.0.1" in log


def test_a_server_reports_that_it_is_used(
    hub: Any, person: Any, wait: Callable[..., float]
) -> None:
    """Over TLS, with its own certificate: JupyterHub asks for the first report at its start."""
    wait(lambda: "/api/users/ina/activity" in hub.log("hub"))
    assert "CERTIFICATE_VERIFY_FAILED" not in hub.log("hub")


def test_a_persons_key_is_the_persons(hub: Any, person: Any) -> None:
    read = settings.load(hub.folder)
    name = unix_users.unix_name(person.name)
    uid = pwd.getpwnam(name).pw_uid if os.geteuid() == 0 else os.getuid()
    folder = read.run_folder / "tls" / (str(uid) if os.geteuid() == 0 else name)
    assert folder.stat().st_uid == os.geteuid()  # nobody can put a link there
    assert sorted(file.name for file in folder.iterdir()) == [
        "cafile.pem", "certfile.pem", "keyfile.pem",
    ]  # fmt: skip
    for file in folder.iterdir():
        assert (file.stat().st_uid, stat.S_IMODE(file.stat().st_mode)) == (uid, 0o400)
    assert not list((read.folder / "inner-tls").glob(f"user-{person.name}/*.key"))
    assert stat.S_IMODE(read.folder.stat().st_mode) == 0o700  # where the hub's own keys are


def test_killed_parts_come_back_and_find_each_other(
    hub: Any, person: Any, wait: Callable[..., float]
) -> None:
    def answers() -> bool:
        try:
            return person.api("GET", "status").status_code == 200 and person.is_signed_in()
        except requests.RequestException:
            return False

    for service in ("proxy", "hub"):
        hub.kill(service)
        wait(answers)


class Stranger:
    """Another program of this computer, at a port that the hub has left for a moment."""

    def __init__(self, port: int, files: tuple[str, str] | None) -> None:
        self.heard = b""
        self.came = threading.Event()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", port))
        self.socket.listen()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if files else None
        if self.context and files:
            self.context.load_cert_chain(*files)
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.came.set()
            with contextlib.suppress(OSError), connection:
                connection.settimeout(5)
                if self.context:
                    connection = self.context.wrap_socket(connection, server_side=True)
                self.heard += connection.recv(10_000)

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(30)


@pytest.fixture
def absent_hub(hub: Any, wait: Callable[..., float]) -> Iterator[int]:
    """The port of JupyterHub, which has been killed and is not started again meanwhile."""
    port = inner_ports(hub)[0]
    os.kill(hub.process.pid, signal.SIGSTOP)
    hub.kill("hub")

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait(lambda: not listens())
    try:
        yield port
    finally:
        os.kill(hub.process.pid, signal.SIGCONT)
        wait(listens)


@pytest.mark.parametrize("with_tls", [True, False])
def test_who_listens_in_the_hubs_place_is_told_nothing(
    hub: Any, absent_hub: int, certificate: tuple[str, str], with_tls: bool
) -> None:
    stranger = Stranger(absent_hub, certificate if with_tls else None)
    try:
        answer = requests.post(
            f"{hub.url}/hub/login", data={"username": "ino", "password": "a secret"}, timeout=30
        )
        assert answer.status_code == 503
        assert stranger.came.wait(30), "the proxy did come"
    finally:
        stranger.close()
    assert b"secret" not in stranger.heard and b"POST" not in stranger.heard
