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
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from spinnlab.hub import inner_tls, keys, settings, unix_users


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


def tls_folder(hub: Any, person: Any) -> Path:
    """Where the certificate of a person's server is."""
    name = unix_users.unix_name(person.name)
    own = str(pwd.getpwnam(name).pw_uid) if os.geteuid() == 0 else name
    return settings.load(hub.folder).run_folder / "tls" / own


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


def test_people_notice_nothing(hub: Any, person: Any, wait: Callable[..., float]) -> None:
    kernel = person.new_kernel()
    assert kernel.run("print(6 * 7)") == "42\n"
    kernel.end()
    wait(lambda: "idle-culler@127.0.0.1" in hub.log("hub"))  # which asks the hub every second


def test_a_server_reports_that_it_is_used(
    hub: Any, person: Any, wait: Callable[..., float]
) -> None:
    """Over TLS, with its own certificate: JupyterHub asks for the first report at its start."""
    wait(lambda: "/api/users/ina/activity" in hub.log("hub"))
    assert "CERTIFICATE_VERIFY_FAILED" not in hub.log("hub")


def test_a_persons_key_is_the_persons(hub: Any, person: Any) -> None:
    read = settings.load(hub.folder)
    folder = tls_folder(hub, person)
    uid = int(folder.name) if os.geteuid() == 0 else os.getuid()
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


def has_started(hub: Any) -> bool:
    """JupyterHub has come to the end of its last start; before, it gives up without its proxy."""
    last = hub.log("hub").rpartition("Running JupyterHub version")[2]
    return "JupyterHub is now running" in last


@contextlib.contextmanager
def absent(hub: Any, service: str, port: int, wait: Callable[..., float]) -> Iterator[None]:
    """A part of the hub has been killed, and is not started again meanwhile."""

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait(lambda: has_started(hub))
    os.kill(hub.process.pid, signal.SIGSTOP)
    hub.kill(service)
    wait(lambda: not listens())
    try:
        yield
    finally:
        os.kill(hub.process.pid, signal.SIGCONT)
        wait(listens)
        wait(lambda: has_started(hub))


@pytest.fixture(params=["no certificate", "a certificate of its own", "a person's certificate"])
def files(
    request: pytest.FixtureRequest, hub: Any, person: Any, certificate: tuple[str, str]
) -> tuple[str, str] | None:
    """What the stranger has; a person of the hub can read the certificate of the own server."""
    if request.param == "no certificate":
        return None
    if request.param == "a certificate of its own":
        return certificate
    folder = tls_folder(hub, person)
    return str(folder / "certfile.pem"), str(folder / "keyfile.pem")


def test_who_listens_in_the_hubs_place_is_told_nothing(
    hub: Any, files: tuple[str, str] | None, wait: Callable[..., float]
) -> None:
    port = inner_ports(hub)[0]
    with absent(hub, "hub", port, wait):
        stranger = Stranger(port, files)
        try:
            answer = requests.post(
                f"{hub.url}/hub/login",
                data={"username": "ino", "password": "a secret"},
                timeout=30,
            )
            assert answer.status_code == 503
            assert stranger.came.wait(30), "the proxy did come"
        finally:
            stranger.close()
    assert b"secret" not in stranger.heard and b"POST" not in stranger.heard


def test_who_listens_in_the_proxys_place_is_told_no_token(
    hub: Any, files: tuple[str, str] | None, wait: Callable[..., float]
) -> None:
    """The hub tells its proxy the routes, with a token that changes them."""
    read = settings.load(hub.folder)
    hub_port, port = inner_ports(hub)
    with absent(hub, "proxy", port, wait):
        stranger = Stranger(port, files)
        request = urllib.request.Request(
            f"https://127.0.0.1:{hub_port}/hub/api/proxy",
            method="POST",
            headers={"Authorization": f"token {keys.read(hub.folder)['supervisor_token']}"},
        )
        try:
            with contextlib.suppress(OSError):  # an error, or no answer: its proxy is not there
                urllib.request.urlopen(request, timeout=10, context=inner_tls.as_the_hub(read))
            assert stranger.came.wait(30), "the hub did come"
        finally:
            stranger.close()
    assert b"HTTP/1" not in stranger.heard and b"oken" not in stranger.heard


def test_a_persons_certificate_opens_no_way_to_the_proxys_routes(hub: Any, person: Any) -> None:
    folder = tls_folder(hub, person)
    context = ssl.create_default_context(cafile=str(folder / "cafile.pem"))
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(folder / "certfile.pem", folder / "keyfile.pem")
    request = urllib.request.Request(f"https://127.0.0.1:{inner_ports(hub)[1]}/api/routes")
    with pytest.raises(OSError) as refused:  # not even the answer that a token is missing
        urllib.request.urlopen(request, timeout=10, context=context)
    assert not isinstance(refused.value, urllib.error.HTTPError)
    # The hub answers: servers come with it.
    request = urllib.request.Request(f"https://127.0.0.1:{inner_ports(hub)[0]}/hub/api")
    assert urllib.request.urlopen(request, timeout=10, context=context).status == 200


def test_a_server_that_is_started_again_has_a_new_certificate(
    hub: Any, person: Any, wait: Callable[..., float]
) -> None:
    before = (tls_folder(hub, person) / "certfile.pem").read_text()
    stopped = person.session.delete(
        f"{hub.url}/hub/api/users/{person.name}/server", timeout=60,
        headers={"X-XSRFToken": person.xsrf()},
    )  # fmt: skip
    assert stopped.status_code in (202, 204)
    wait(lambda: person.api("GET", "status").status_code != 200)
    person.start()
    assert (tls_folder(hub, person) / "certfile.pem").read_text() != before
    assert person.new_kernel().run("print(6 * 7)") == "42\n"
