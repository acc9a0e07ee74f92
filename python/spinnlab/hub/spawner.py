# SPDX-License-Identifier: Apache-2.0
"""One notebook server a person: their own Unix user, control group, /tmp, and socket."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import os
import pwd
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from jupyterhub.spawner import LocalProcessSpawner, SpawnException
from traitlets import Any as AnyTrait

from spinnlab.errors import SpinnlabError
from spinnlab.hub import drain, egress, inner_tls, limits, stop_notes, unix_users
from spinnlab.hub.allocator import Allocator
from spinnlab.hub.cookies import FRAMED_COOKIES
from spinnlab.hub.enter_user import is_hidden
from spinnlab.hub.server_log import ServerLog
from spinnlab.hub.settings import HubSettings
from spinnlab.hub.start_queue import StartQueue
from spinnlab.hub.unix_users import UnixUser
from spinnlab.programs import (
    environments_folder,
    examples_folder,
    find_program,
    native_python,
    source_tree,
)
from spinnlab.robotics import SINGLE_SIGN_ON

_T = TypeVar("_T")

#: What a server inherits of the hub's environment; everything else it would not need to know.
INHERITED = ("PATH", "LANG", "LC_ALL", "TZ")
#: The list of all certificates is read, changed and written.
MAKING_CERTIFICATES = threading.Lock()
#: Jupyter Server's default.
USUAL_PORT = 8888


async def _to_the_end(work: Callable[[], _T]) -> _T:
    """In a thread, which cannot be called off: a start that is called off waits for its end."""
    done = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait([done])
        raise


class LabSpawner(LocalProcessSpawner):
    """Starts `spinnlab.hub.user_server` as the person's Unix user, listening on a Unix socket."""

    settings: HubSettings = AnyTrait().tag(config=True)
    groups: limits.Groups | None = AnyTrait(None, allow_none=True).tag(config=True)
    queue: StartQueue = AnyTrait().tag(config=True)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._ticket = asyncio.Event()
        self._step = ""

    # Who and where.

    @property
    def is_root(self) -> bool:
        return os.geteuid() == 0

    @property
    def unix_name(self) -> str:
        """The Unix user of the server; without root that is who runs the hub."""
        return unix_users.unix_name(self.user.name) if self.is_root else getpass.getuser()

    @property
    def log_file(self) -> ServerLog:
        return ServerLog(self.settings.folder, self.user.name)

    def make_unix_user(self) -> UnixUser:
        """The person's Unix user, made if there is none; raises SpinnlabError if it cannot be."""
        if self.is_root:
            return unix_users.ensure(self.user.name, Path(self.settings.site.homes))
        homes = self.settings.folder / "homes"
        home = homes / unix_users.unix_name(self.user.name)
        others = [other.name for other in homes.glob(f"{unix_users.PREFIX}*") if other != home]
        if others and not self.settings.demo:
            raise SpinnlabError(
                "Without root this hub serves one person, because everybody would be the same Unix "
                f"user; it serves {others[0].removeprefix(unix_users.PREFIX)}. Run it as root, or "
                "write demo = true into hub.toml if people may read each other's files."
            )
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return UnixUser(self.unix_name, os.getuid(), os.getgid(), home)

    def _runtime_folder(self, user: UnixUser) -> Path:
        """Private, and never below the home: a socket's path may have 107 bytes."""
        parent = self.settings.run_folder / "users"
        parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        folder = parent / self._folder_name(user)
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.is_root:
            os.chown(folder, user.uid, user.gid)
        return folder

    def _folder_name(self, user: UnixUser) -> str:
        # Lower case and short: JupyterHub keeps the path as a host name.
        return str(user.uid) if self.is_root else user.home.name

    # What it is told.

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        return env  # HOME and USER come with the Unix user, in start()

    def _environment(self, user: UnixUser, runtime: Path) -> dict[str, str]:
        environment: dict[str, str] = self.get_env()
        for name in list(environment):
            inherited = name in os.environ and environment[name] == os.environ[name]
            if inherited and name not in INHERITED:
                del environment[name]
        course = self.settings.course
        tools = Path(sys.executable).parent
        environment.update(
            HOME=str(user.home), USER=user.name, LOGNAME=user.name, SHELL="/bin/bash",
            PATH=f"{tools}{os.pathsep}{environment.get('PATH', os.defpath)}",
            XDG_RUNTIME_DIR=str(runtime), SPINNLAB_RUNTIME_DIR=str(runtime),
            JUPYTER_RUNTIME_DIR=str(runtime / "jupyter"),
            SPINNLAB_ALLOCATOR=str(self.settings.allocator_socket),
            # The server listens on its socket alone, and takes an unusual port for a second wish.
            JUPYTERHUB_SERVICE_URL=f"http://127.0.0.1:{USUAL_PORT}{self.server.base_url}",
        )  # fmt: skip
        environment.update(stop_notes.to_server(self.settings, self.user.name))
        if self.settings.robotics.single_sign_on:
            environment[SINGLE_SIGN_ON] = "1"
        if course.source:
            environment.update(
                SPINNLAB_COURSE_SOURCE=course.source,
                SPINNLAB_COURSE_BRANCH=course.branch,
                SPINNLAB_COURSE_FOLDER=course.folder,
            )
        return environment

    def _command(self, user: UnixUser, runtime: Path, socket: Path) -> list[str]:
        idle = self.settings.idle
        server = [
            *(sys.executable, "-m", "spinnlab.hub.user_server"),
            f"--ServerApp.sock={socket}",
            "--ServerApp.sock_mode=0600",
            f"--ServerApp.root_dir={user.home}",
            f"--MappingKernelManager.cull_idle_timeout={round(idle.kernel_minutes * 60)}",
            f"--MappingKernelManager.cull_interval={max(1, round(idle.look_every_s))}",
            "--MappingKernelManager.cull_connected=True",
            *self._cookies_and_frames(),
            *(inner_tls.PLAIN_SERVER if self.settings.site.inner_tls else ()),
            *self.get_args(),
        ]
        if not self.is_root:
            return server
        group = self.groups.make(user.name, self.settings.limits) if self.groups else []
        specification = {
            "uid": user.uid, "gid": user.gid, "name": user.name, "home": str(user.home),
            "runtime": str(runtime), "groups": [str(file) for file in group],
            "kept": [str(folder) for folder in self._kept(user)],
            "processes": self.settings.limits.processes,
            "open_files": self.settings.limits.open_files,
        }  # fmt: skip
        enter = [sys.executable, "-m", "spinnlab.hub.enter_user", json.dumps(specification)]
        return [*enter, *server]

    def _kept(self, user: UnixUser) -> list[Path]:
        """What a person's own /tmp must not hide: where a lab stands below it, all of the lab."""
        needed = {
            *(Path(sys.prefix), environments_folder(), source_tree() or examples_folder()),
            *(find_program("spallocd").parent, native_python().parent.parent, user.home),
        }
        if self.settings.course.source.startswith("/"):
            needed.add(Path(self.settings.course.source))
        hidden = {folder for folder in needed if is_hidden(folder) and folder.is_dir()}
        return sorted(folder for folder in hidden if not hidden & set(folder.parents))

    async def create_certs(self) -> dict[str, str]:
        return {}  # in start(), in turn, and where what goes wrong is said in words

    async def move_certs(self, paths: dict[str, str]) -> dict[str, str]:
        return paths

    def _make_certificates(self, user: UnixUser) -> dict[str, str]:
        """The server's certificate, key and authorities, where the person alone can read them."""
        with MAKING_CERTIFICATES:
            paths = asyncio.run(super().create_certs())
        place = self.settings.run_folder / "tls" / self._folder_name(user)
        return inner_tls.hand_to(user.uid, user.gid, paths, place)

    def _cookies_and_frames(self) -> list[str]:
        """Cookies stay with TLS where there is TLS; in frames of others if hub.toml says so.

        Never in a frame of 'self': on one domain that is everybody's page, and nothing here frames
        a page of its own. Without parents JupyterHub says 'none'.
        """
        parents = self.settings.frames.parents
        if parents:
            policy = f"frame-ancestors {' '.join(parents)}"
            tornado: dict[str, Any] = {
                "headers": {"Content-Security-Policy": policy},
                "xsrf_cookie_kwargs": FRAMED_COOKIES,  # its other cookies are JupyterHub's
            }
        elif self.settings.site.tls != "none":
            tornado = {"xsrf_cookie_kwargs": {"Secure": True}}
        else:
            return []
        return [f"--ServerApp.tornado_settings={tornado!r}"]

    def make_preexec_fn(self, _name: str) -> None:
        return None  # enter_user does it, step by step and with words

    # Life.

    async def start(self) -> str:
        """Returns the address of the socket. Raises SpawnException that the person gets to read."""
        try:
            drain.refuse_start(self.settings.folder)
            return await self._in_turn()
        except SpinnlabError as error:
            self.log_file.say(str(error))
            # Of any other kind the words are lost where a start fails within the first second.
            refused = SpawnException(str(error), reason="lab", status_code=503)
            refused.jupyterhub_message = str(error)  # for the page of a start that took longer
            raise refused from error

    async def _in_turn(self) -> str:
        self._ticket = asyncio.Event()
        self._step = "waiting for its turn"
        await self.queue.enter(self._ticket)
        try:
            return await self._start()
        finally:
            self.queue.leave()
            self._tell_pages()

    async def _start(self) -> str:
        self._step = "looking after the home folder"
        user = await _to_the_end(self.make_unix_user)
        await self._check_disk(user)
        allowed = self.settings.network.allowed
        if egress.ANYWHERE not in allowed:
            await asyncio.to_thread(egress.keep, allowed)
        runtime = self._runtime_folder(user)
        socket = runtime / "server.sock"
        socket.unlink(missing_ok=True)
        if self.settings.site.inner_tls:
            self.cert_paths = await _to_the_end(lambda: self._make_certificates(user))
        self._step = "starting the notebook server"
        with self.log_file.begin() as log:
            self.proc = subprocess.Popen(
                self._command(user, runtime, socket),
                env=self._environment(user, runtime), cwd="/", start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.pid = self.proc.pid
        while not socket.exists():
            if self.proc.poll() is not None:
                raise SpinnlabError(
                    f"The notebook server of {self.user.name} ended with exit code "
                    f"{self.proc.returncode} before it listened; its log, on the page "
                    "Administration, has its last words."
                )
            await asyncio.sleep(0.05)
        stop_notes.handed_over(self.settings, self.user.name)
        self._step = "opening the page"
        return f"http+unix://{quote(str(socket), safe='')}"

    async def _check_disk(self, user: UnixUser) -> None:
        """Where the file system has no quota, a full home at least starts no further server."""
        limit = self.settings.limits.disk_mib
        if not limit or not self.is_root:
            return
        homes = Path(self.settings.site.homes)
        if await asyncio.to_thread(limits.set_disk_quota, user.name, homes, limit):
            return
        used = await asyncio.to_thread(limits.used_mib, user.home)
        # A tenth more is left open so that a full home can be tidied up at all.
        if used > limit * 1.1:
            raise SpinnlabError(
                f"The home folder of {self.user.name} holds {used:,} MiB of {limit:,} MiB. "
                "An administrator can raise limits.disk_mib or remove files."
            )

    async def poll(self) -> int | None:
        """Every few seconds: None while the server runs, else its exit code."""
        self.log_file.trim()
        code: int | None = await super().poll()
        return code

    async def stop(self, now: bool = False) -> None:
        """Ends the server, everything else that the person runs, their jobs, and frees boards."""
        await super().stop(now=now)
        if self.is_root:
            with contextlib.suppress(unix_users.UnixUserError, KeyError):
                uid = pwd.getpwnam(self.unix_name).pw_uid
                await asyncio.to_thread(unix_users.end_processes, uid)
            allocator = Allocator(self.settings.allocator_socket)
            await allocator.release(self.unix_name, "the person's server was stopped", self.log)
            if self.groups:
                await asyncio.to_thread(self.groups.remove, self.unix_name)
        self._tell_pages()

    def _tell_pages(self) -> None:
        """Pages that show who has a server ask anew."""
        self.user.settings["spinnlab_changes"].tell_everybody()

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """For the page that waits: what is being done, and the place in the line."""
        said = None
        while not self.ready:
            place = self.queue.place(self._ticket)
            step = f"{place} in line: other servers start first" if place else self._step
            if step and step != said:
                said = step
                yield {"progress": 10 if place else 50, "message": step[0].upper() + step[1:]}
            await asyncio.sleep(0.2)
