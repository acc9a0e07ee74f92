# SPDX-License-Identifier: Apache-2.0
"""A hub without root, behind a server that ends TLS, and after a change of JupyterHub's version."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import lab_hub
import pytest
from spinnlab.programs import environments_folder

from spinnlab import hub as hub_package

TOOLS = environments_folder() / "hub"


@pytest.fixture
def unprivileged(make_hub: Callable[..., Any]) -> Iterator[Any]:
    """A hub of `nobody`, who may not change users; where tests are not run by root, of oneself."""
    folder = Path(tempfile.mkdtemp(prefix="spinnlab-hub-"))
    user = None
    if os.geteuid() == 0:
        user = "nobody"
        nobody = pwd.getpwnam(user)
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    hub = make_hub(folder=folder / "hub", demo=False, user=user)
    yield hub
    hub.stop()  # in order: killed, it would leave its proxy and JupyterHub behind
    # Its people's servers would go on until it is back; their commands name the folder.
    subprocess.run(["pkill", "-KILL", "-f", str(folder)], check=False)
    shutil.rmtree(folder, ignore_errors=True)


def test_without_root_a_second_person_is_refused(unprivileged: Any) -> None:
    hub = unprivileged
    first, second = hub.people[0], f"t{secrets.token_hex(4)}"
    hub.add(second)
    checked = hub.command("check")
    assert "serves one person" in checked.stdout
    one = hub.person(first)
    one.sign_in()
    one.start()
    other = hub.person(second)
    other.sign_in()
    page = other.get(f"/hub/spawn/{second}")
    for _ in range(100):  # the page of the start says so as soon as the hub has looked
        if "serves one person" in page.text:
            break
        page = other.get(f"/hub/spawn-pending/{second}")
    assert "serves one person" in page.text
    assert f"it serves {first}" in page.text
    assert "demo = true" in page.text
    assert one.api("GET", "status").status_code == 200


def _version(hub: Any) -> str:
    with closing(sqlite3.connect(hub.folder / "hub.sqlite")) as base:
        (version,) = base.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(version)


@pytest.fixture(scope="module")
def kept_hub(make_hub: Callable[..., Any]) -> Any:
    """A hub of its own, with an account."""
    hub = make_hub()
    hub.add(f"t{secrets.token_hex(4)}")
    return hub


@pytest.fixture
def stopped(kept_hub: Any) -> Any:
    """A hub that has run and is stopped; a test may start it again."""
    kept_hub.stop()
    return kept_hub


def test_upgrade_brings_an_older_data_base_up_to_this_version(stopped: Any) -> None:
    now = _version(stopped)
    subprocess.run(
        [TOOLS / "bin" / "python", "-m", "jupyterhub.dbutil", "alembic", "downgrade", "-1"],
        check=True, capture_output=True, cwd=Path(hub_package.__file__).parent,
        env={
            **os.environ, "SPINNLAB_HUB": str(stopped.folder),
            "PATH": f"{TOOLS / 'bin'}{os.pathsep}{os.environ['PATH']}",
        },
    )  # fmt: skip
    assert _version(stopped) != now
    result = stopped.command("start")
    assert result.returncode == 1
    assert "spinnlab hub upgrade" in result.stderr
    result = stopped.command("upgrade")
    assert result.returncode == 0, result.stderr
    assert "is up to date" in result.stdout
    assert _version(stopped) == now
    stopped.start()
    person = stopped.person(stopped.people[-1])
    person.sign_in()
    assert person.is_signed_in()


def test_an_upgrade_that_fails_leaves_everything_as_it_was(stopped: Any) -> None:
    with closing(sqlite3.connect(stopped.folder / "hub.sqlite")) as base:
        base.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
        base.commit()
        before = list(base.iterdump())
    settings_before = (stopped.folder / "hub.toml").read_text()
    secrets_before = {file.name: file.read_bytes() for file in stopped.folder.glob("secrets/*")}
    result = stopped.command("upgrade")
    assert result.returncode == 1
    assert "everything was put back" in result.stderr
    assert "from_the_future" in result.stderr
    with closing(sqlite3.connect(stopped.folder / "hub.sqlite")) as base:
        assert list(base.iterdump()) == before
    assert (stopped.folder / "hub.toml").read_text() == settings_before
    kept = {file.name: file.read_bytes() for file in stopped.folder.glob("secrets/*")}
    assert kept == secrets_before


@pytest.fixture
def behind_a_proxy(
    make_hub: Callable[..., Any], certificate: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A hub whose TLS ends in a server in front of it, on the port that browsers use."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 443))
        except OSError as error:
            pytest.skip(f"port 443 of this computer cannot be had: {error}")
    hub = make_hub(tls=("--tls", "proxy"))
    # Its own three ports are taken; the one after them is for the server in front.
    api_port = int(hub.url.rpartition(":")[2]) + 3
    modules = TOOLS / "lib" / "proxy" / "node_modules"
    front = subprocess.Popen(
        [
            str(lab_hub.node()),
            str(modules / "configurable-http-proxy" / "bin" / "configurable-http-proxy"),
            *("--ip", "127.0.0.1", "--port", "443", "--api-port", str(api_port)),
            *("--ssl-cert", certificate[0], "--ssl-key", certificate[1]),
            *("--default-target", hub.url.replace("https", "http")),
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    hub.url = "https://localhost"
    for name in ("REQUESTS_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE"):
        monkeypatch.setenv(name, certificate[0])
    yield hub
    front.kill()
    front.wait()


def test_behind_a_server_that_ends_tls_people_work_over_https(
    behind_a_proxy: Any, wait: Callable[..., float]
) -> None:
    hub = behind_a_proxy
    person = hub.person(hub.people[0])

    def answers() -> bool:
        with suppress(OSError):
            return bool(person.get("/hub/login").status_code == 200)
        return False

    wait(answers)
    person.sign_in()
    assert person.is_signed_in()
    cookies = list(person.session.cookies)
    assert cookies
    assert all(cookie.secure for cookie in cookies), cookies
    person.start()
    kernel = person.new_kernel()  # a websocket through both
    assert kernel.run("print(6 * 7)").strip() == "42"
    kernel.end()
