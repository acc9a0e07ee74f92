# SPDX-License-Identifier: Apache-2.0
"""What one process needs to use the published packages: a lease and a configuration folder."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import threading
from pathlib import Path

from spinnlab.allocation import Lease, acquire, runtime_folder, unique_owner
from spinnlab.errors import SpinnlabError

from spinnlab_original import configuration, is_bare
from spinnlab_original.boards import Boards
from spinnlab_original.notes import say_once

SESSION_PREFIX = "session-"


class Session:
    """Boards and configuration of this process, from `begin()` to its end.

    The daemon is looked for in the background, beside the import of the published packages, which
    takes longer; an error is raised when a machine is asked for, where the person sees it.
    """

    def __init__(self) -> None:
        self.owner = unique_owner()
        self._pid = os.getpid()
        self._environment = dict(os.environ)
        self._lease: Lease | None = None
        self._lock = threading.Lock()
        self.boards = Boards(self.lease, self.owner)
        _remove_leftovers(runtime_folder())
        prefix = f"{SESSION_PREFIX}{self._pid}-"
        self.folder = Path(tempfile.mkdtemp(prefix=prefix, dir=runtime_folder()))
        (self.folder / configuration.MARKER).touch()
        self._write(port=None)
        self._set_environment()
        self._starter = threading.Thread(target=self._start, name="spinnlab-lease", daemon=True)

    def begin(self) -> None:
        """Starts looking for the daemon."""
        self._starter.start()
        atexit.register(self.end)

    def lease(self) -> Lease:
        """The open lease; a daemon that was killed meanwhile is replaced by a new one.

        Raises AllocationError or ProgramNotFoundError.
        """
        if self._starter.ident is not None:
            self._starter.join()
        with self._lock:
            if self._lease is not None and not self._lease.is_alive():
                self._lease.close()
                self._lease = None
            if self._lease is None:
                self._lease = self._acquire()
            return self._lease

    def machine(self) -> dict[str, str]:
        """[Machine] options that send the host to our daemon, which runs from now on."""
        return configuration.own_machine(self.lease().daemon.port, self.owner)

    def file(self, file_name: str) -> Path:
        """Our configuration file in the place of `~/.file_name`."""
        return self.folder / ("." + file_name)

    def end(self) -> None:
        """Frees the boards and removes the folder; a forked child leaves both alone."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            if self._lease is not None:
                self._lease.close()
                self._lease = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        # An error here comes again, and is shown, when a machine is asked for.
        with self._lock, contextlib.suppress(SpinnlabError, OSError):
            self._lease = self._acquire()

    def _acquire(self) -> Lease:
        lease = acquire(self.owner)
        self._write(lease.daemon.port)
        return lease

    def _write(self, port: int | None) -> None:
        machine = configuration.own_machine(port, self.owner)
        for name in configuration.FILE_NAMES:
            files = [] if is_bare() else configuration.personal_files(name, self._environment)
            personal, notes = configuration.read_personal(files)
            for note in notes:
                say_once(note)
            text = configuration.session_text(personal, machine, files)
            scratch = self.folder / (name + ".new")
            scratch.write_text(text, encoding="utf-8")
            scratch.replace(self.file(name))
        spalloc = f"[spalloc]\nhostname = localhost\nport = {machine['spallocport']}\n"
        (self.folder / "spalloc").write_text(spalloc + f"owner = {self.owner}\n", encoding="utf-8")

    def _set_environment(self) -> None:
        before = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        os.environ["XDG_CONFIG_DIRS"] = f"{self.folder}{os.pathsep}{before}"
        if is_bare() and _has_personal_files(self._environment):
            # The published packages refuse two configuration files, and nothing of them is wrapped.
            home = self.folder / "home"
            home.mkdir()
            os.environ["HOME"] = str(home)
            os.environ.pop("XDG_CONFIG_HOME", None)
            say_once("your own configuration file is left out (SPINNLAB_ORIGINAL_BARE is set).")


def _has_personal_files(environment: dict[str, str]) -> bool:
    names = configuration.FILE_NAMES
    return any(configuration.personal_files(name, environment) for name in names)


def _remove_leftovers(folder: Path) -> None:
    """Removes folders of processes that were killed."""
    for left in folder.glob(SESSION_PREFIX + "*"):
        pid = left.name.removeprefix(SESSION_PREFIX).split("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            shutil.rmtree(left, ignore_errors=True)


_current: Session | None = None


def begin() -> Session:
    """The session of this process, begun when it is asked for first."""
    global _current  # noqa: PLW0603  # one a process, as its environment is
    if _current is None:
        _current = Session()
        _current.begin()
    return _current
