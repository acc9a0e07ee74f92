# SPDX-License-Identifier: Apache-2.0
"""Finding the daemon `spallocd` of this person, or starting it; one at a time, whoever asks.

Where `$SPINNLAB_ALLOCATOR` names the socket of a daemon, as on a hub, that one is used and none is
started.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from spinnlab.allocation.protocol import Connection
from spinnlab.allocation.runtime import runtime_folder
from spinnlab.errors import AllocationError, SpinnlabError
from spinnlab.programs import find_program

#: Names the Unix socket of the daemon to use.
ALLOCATOR = "SPINNLAB_ALLOCATOR"
#: spalloc's own port, taken when nobody else has it.
USUAL_PORT = 22244
#: How long the daemon stays when the last lease and the last job have gone.
UNUSED_S = 10
START_TIMEOUT_S = 15.0
LONGEST_LOG_BYTES = 1 << 20


@dataclass(frozen=True)
class Daemon:
    """A running daemon: its TCP port on 127.0.0.1, its process, its socket and its log.

    The log of one that somebody else started is not known: an empty text.
    """

    port: int
    pid: int
    socket: str
    log: str

    def answers(self) -> bool:
        """Whether a spalloc server answers on the socket."""
        try:
            connection = Connection(Path(self.socket), timeout_s=5.0)
        except OSError:
            return False
        try:
            return isinstance(connection.call("version"), str)
        except (OSError, ValueError, AllocationError):
            return False
        finally:
            connection.close()


@dataclass(frozen=True)
class _Files:
    lock: Path
    state: Path
    socket: Path
    log: Path


def _files(program: Path) -> _Files:
    # A program that was built anew gets a daemon of its own: the old one serves out its leases.
    status = program.stat()
    identity = f"{program}:{status.st_mtime_ns}:{status.st_size}"
    stem = "spallocd-" + hashlib.sha256(identity.encode()).hexdigest()[:12]
    folder = runtime_folder()
    return _Files(*(folder / (stem + end) for end in (".lock", ".json", ".sock", ".log")))


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _recorded(files: _Files) -> Daemon | None:
    try:
        return Daemon(**json.loads(files.state.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _port_is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _new_text(log: Path, offset: int) -> str:
    with log.open("rb") as file:
        file.seek(offset)
        return file.read().decode(errors="replace")


def _launch(program: Path, files: _Files, port: int) -> Daemon | str:
    """Starts the daemon detached; returns it once it listens, or what it said when it ended."""
    command = [
        str(program),
        *("--bind", "127.0.0.1", "--port", str(port), "--socket", str(files.socket)),
        *("--machine-program", str(find_program("spinnlab-machine"))),
        *("--exit-when-unused", str(UNUSED_S)),
    ]
    if files.log.exists() and files.log.stat().st_size > LONGEST_LOG_BYTES:
        files.log.replace(files.log.with_suffix(".log.1"))
    with files.log.open("ab") as log:
        offset = log.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
        )
    _children.append(process)
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        ended = process.poll()
        said = _new_text(files.log, offset)
        if ready := re.search(r"^ready (\d+)$", said, re.MULTILINE):
            return Daemon(int(ready[1]), process.pid, str(files.socket), str(files.log))
        if ended is not None:
            return said.strip() or f"it ended with exit code {ended} and no word"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    return f"it did not listen within {START_TIMEOUT_S:.0f} s"


#: Children of this process; kept so that their end is noticed and no zombie stays.
_children: list[subprocess.Popen[bytes]] = []


def running_socket() -> Path | None:
    """The socket of the daemon that `$SPINNLAB_ALLOCATOR` names, or of the person's own one if it
    has been started; None if there is none. Whether somebody answers there is not tried.
    """
    if named := os.environ.get(ALLOCATOR):
        return Path(named)
    try:
        daemon = _recorded(_files(find_program("spallocd")))
    except (SpinnlabError, OSError):
        return None
    return Path(daemon.socket) if daemon is not None and Path(daemon.socket).exists() else None


def _named(path: Path) -> Daemon:
    """The daemon behind a socket that is named; it is never started from here."""
    way_out = (
        "On a hub its administrator starts it. On your own computer unset SPINNLAB_ALLOCATOR: "
        "then SpiNNLab starts one by itself."
    )
    try:
        connection = Connection(path)
    except OSError as error:
        raise AllocationError(
            f"No allocator answers at {path}, which SPINNLAB_ALLOCATOR names: "
            f"{error.strerror or error}.\n{way_out}"
        ) from error
    try:
        about = connection.call("about")
        return Daemon(int(about["port"]), connection.peer_pid(), str(path), "")
    except (OSError, ValueError, TypeError, KeyError, AllocationError) as error:
        raise AllocationError(
            f"The allocator at {path}, which SPINNLAB_ALLOCATOR names, does not say where its "
            f"boards are asked for ({error}); it may be older than this SpiNNLab.\n{way_out}"
        ) from error
    finally:
        connection.close()


def find_or_start() -> Daemon:
    """The daemon that `$SPINNLAB_ALLOCATOR` names; without it the one of this person and this
    build, started when there is none that answers.

    Callers in several processes are safe: a lock file makes them take turns. A stale socket or
    record of a daemon that was killed is replaced. Port 22244 is taken when it is free, else
    another one; the daemon's log is kept in the runtime folder.

    Raises AllocationError (with the daemon's own words and its log) or ProgramNotFoundError.
    """
    if named := os.environ.get(ALLOCATOR):
        return _named(Path(named))
    program = find_program("spallocd")
    files = _files(program)
    _children[:] = [child for child in _children if child.poll() is None]
    with _locked(files.lock):
        daemon = _recorded(files)
        if daemon is not None and daemon.answers():
            return daemon
        files.state.unlink(missing_ok=True)
        files.socket.unlink(missing_ok=True)
        started = _launch(program, files, USUAL_PORT if _port_is_free(USUAL_PORT) else _free_port())
        if isinstance(started, str):
            # Somebody may have taken the port in between; one more try on another one.
            files.socket.unlink(missing_ok=True)
            started = _launch(program, files, _free_port())
        if isinstance(started, str):
            raise AllocationError(
                f"The allocation daemon could not be started: {started}\n"
                f"Program {program}, log {files.log}"
            )
        scratch = files.state.with_suffix(".new")
        scratch.write_text(json.dumps(asdict(started)))
        scratch.replace(files.state)
        return started
