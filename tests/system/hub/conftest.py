# SPDX-License-Identifier: Apache-2.0
"""A real hub for the tests: real Unix users where the tests run as root, a demo otherwise."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from spinnlab.hub import keys, settings, unix_users
from spinnlab.programs import environments_folder

# pytest's import mode gives test folders no package; the helper is loaded by its path.
_spec = importlib.util.spec_from_file_location("person", Path(__file__).with_name("person.py"))
assert _spec and _spec.loader
_module = importlib.util.module_from_spec(_spec)
sys.modules["person"] = _module
_spec.loader.exec_module(_module)
Person = _module.Person

PASSWORD = "eleven grey herons"
START_S = 120.0
#: A page may take this long to show something, whatever else the computer does.
LONGEST_PAGE_MS = 60_000


def hub_command() -> Path:
    program = environments_folder() / "hub" / "bin" / "spinnlab"
    if not program.is_file():
        pytest.skip(f"no {program}: make hub-environment makes it")
    return program


def free_ports() -> int:
    """The first of three ports in a row that nobody has."""
    for _ in range(100):
        first = 20000 + secrets.randbelow(20000)
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + 3):
                    probe = stack.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError("no three free ports in a row")


@dataclass
class Hub:
    """A hub's folder and process; people that it was given sign in with PASSWORD."""

    folder: Path
    url: str
    process: subprocess.Popen[str] | None = None
    people: list[str] = field(default_factory=list)
    user: str | None = None  # who runs it; None: who runs the tests

    def command(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(hub_command()), "hub", words[0], "--folder", str(self.folder), *words[1:]],
            input=given, capture_output=True, text=True, check=False, timeout=START_S,
            **self._as_user(),
        )  # fmt: skip

    def start(self) -> None:
        log = self.folder.with_suffix(".out").open("a")
        self.process = subprocess.Popen(
            [str(hub_command()), "hub", "start", "--folder", str(self.folder)],
            stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
            **self._as_user(),
        )  # fmt: skip
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert "The hub is at" in line, self.folder.with_suffix(".out").read_text()

    def _as_user(self) -> dict[str, Any]:
        if self.user is None:
            return {}
        home = {"HOME": str(self.folder.parent), "USER": self.user, "LOGNAME": self.user}
        return {
            "user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": [],
            "env": {**os.environ, **home}, "cwd": self.folder.parent,
        }  # fmt: skip

    def ask_to_stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def stop(self) -> None:
        self.ask_to_stop()
        if self.process:
            self.process.wait(timeout=60)

    def pid_of(self, service: str) -> int:
        import json

        file = settings.load(self.folder).run_folder / f"{service}.process"
        return int(json.loads(file.read_text())["pid"])

    def kill(self, service: str) -> int:
        """kill -9; returns the number of the process that was killed."""
        pid = self.pid_of(service)
        os.kill(pid, signal.SIGKILL)
        return pid

    def log(self, service: str) -> str:
        return (self.folder / "log" / f"{service}.log").read_text(errors="replace")

    def add(self, *names: str) -> None:
        roster = self.folder.with_suffix(".csv")
        roster.write_text("name,password\n" + "".join(f"{name},{PASSWORD}\n" for name in names))
        result = self.command("add-users", str(roster))
        assert result.returncode == 0, result.stderr
        self.people += names

    def person(self, name: str) -> Person:  # type: ignore[valid-type]
        return Person(self.url, name, PASSWORD)


@pytest.fixture(scope="session")
def make_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Hub]]:
    """Makes a hub with an administrator; `settings_text` is added to its hub.toml."""
    made: list[Hub] = []

    def make(
        settings_text: str = "",
        tls: tuple[str, ...] = (),
        files: dict[str, str] | None = None,
        *,
        folder: Path | None = None,
        demo: bool = os.geteuid() != 0,
        user: str | None = None,
    ) -> Hub:
        port = free_ports()
        # Short: sockets are in there when the tests do not run as root.
        folder = folder or tmp_path_factory.mktemp("h") / "hub"
        scheme = "https" if tls else "http"
        hub = Hub(folder, f"{scheme}://localhost:{port}", user=user)
        admin = f"t{secrets.token_hex(3)}admin"
        words = ["--port", str(port), "--admin", admin, *tls]
        if demo:
            words.append("--demo")
        result = hub.command("init", *words, given=PASSWORD + "\n")
        assert result.returncode == 0, result.stderr
        file = folder / settings.FILE
        text = file.read_text().replace("jobs = 4", "jobs = 4\nport = 0")
        file.write_text(text + settings_text)
        for name, content in (files or {}).items():
            keys.write_private(folder / name, content)
        checked = hub.command("check")
        if "people cannot reach" in checked.stdout:
            pytest.skip(f"people of a hub could not use this checkout: {checked.stdout}")
        assert checked.returncode == 0, checked.stdout
        hub.people.append(admin)
        made.append(hub)
        hub.start()
        return hub

    yield make
    for hub in made:  # all at once: each takes its time
        hub.ask_to_stop()
    for hub in made:
        hub.stop()
        if os.geteuid() == 0:
            for name in hub.people:
                with contextlib.suppress(unix_users.UnixUserError):
                    unix_users.remove(name, None)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Files of a certificate for localhost, and of its key."""
    folder = tmp_path_factory.mktemp("tls")
    files = str(folder / "certificate.pem"), str(folder / "key.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-out", files[0], "-keyout", files[1], "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return files


@pytest.fixture(scope="session")
def hub(make_hub: Callable[..., Hub]) -> Hub:
    """The hub that most tests share; each has people of its own."""
    return make_hub()


@pytest.fixture(scope="session")
def new_name(hub: Hub) -> Callable[[], str]:
    """Names that no other test uses, with accounts at the shared hub."""
    names: list[str] = []

    def make() -> str:
        if not names:  # a dozen at once: each call starts a Python
            names.extend(f"t{secrets.token_hex(4)}" for _ in range(12))
            hub.add(*names)
        return names.pop()

    return make


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser; its driver keeps an event loop running, so it ends with the tests of a file."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="make e2e installs it")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("make e2e installs chromium")
    with sync_api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def new_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """new_page(**options): a page in a browser of its own."""
    made = []

    def make(**options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        made.append(context)
        page = context.new_page()
        page.set_default_timeout(LONGEST_PAGE_MS)
        return page

    yield make
    for context in made:
        context.close()


def wait_until(what: Callable[[], bool], patience_s: float = 60.0) -> float:
    """Waits for something; returns the seconds that it took."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < patience_s, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.fixture
def wait() -> Callable[..., float]:
    return wait_until
