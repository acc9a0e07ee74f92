# SPDX-License-Identifier: Apache-2.0
"""Starting, finding and stopping the platform, whoever asks: a command, the notebook server."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from spinnlab.robotics import ENDS_WITH, PORT, SERVER_PYTHON
from spinnlab.robotics.errors import RoboticsError, RunsAlreadyError
from spinnlab.robotics.place import LONGEST_LOG_BYTES, Place

START_TIMEOUT_S = 20.0
#: From the wish to end until the process is killed.
END_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Running:
    """The platform: its process, since when (seconds since 1970), its port on 127.0.0.1 or 0."""

    pid: int
    started_unix_s: float
    port: int
    version: str


class _Connection(http.client.HTTPConnection):
    """HTTP over the platform's Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_TIMEOUT_S)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))

    def peer(self) -> int:
        """The process that listens."""
        size = struct.calcsize("3i")
        found = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        pid: int = struct.unpack("3i", found)[0]
        return pid


def find(place: Place) -> Running | None:
    """The platform, or None where none runs. Raises RoboticsError when it does not answer."""
    connection = _Connection(place.socket_file)
    try:
        connection.connect()
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    pid = connection.peer()
    try:
        connection.request("GET", "/api/v1/platform")
        said = json.load(connection.getresponse())
        return Running(pid, said["started_unix_s"], int(said["port"] or 0), said["version"])
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        raise RoboticsError(
            f"The robotics platform (process {pid}) does not answer: {error}. "
            "'spinnlab robotics stop' ends it."
        ) from error
    finally:
        connection.close()


def start(place: Place, port: int = PORT) -> Running:
    """Starts the platform if it does not run, and waits until it answers.

    `port` on 127.0.0.1; 0: none, it is reached behind the notebook server only. Raises
    RoboticsError with the process's own words when it ends instead.
    """
    if running := find(place):
        return running
    begin = _begin_log(place)
    process = _spawn(place, port)
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until:
        code = process.poll()
        if running := find(place):  # perhaps one that somebody else started a moment before
            return running
        if code not in (None, RunsAlreadyError.EXIT_CODE):  # that one is about to answer
            raise RoboticsError(_last_words(place, begin))
        time.sleep(0.02)
    process.terminate()
    raise RoboticsError(
        f"The robotics platform did not answer within {START_TIMEOUT_S:.0f} s; its log is "
        f"{place.log}."
    )


def _begin_log(place: Place) -> int:
    """Bytes that the log has already."""
    with contextlib.suppress(FileNotFoundError):
        size = place.log.stat().st_size
        if size <= LONGEST_LOG_BYTES:
            return size
        place.log.unlink()
    return 0


def _spawn(place: Place, port: int) -> subprocess.Popen[bytes]:
    python = os.environ.get(SERVER_PYTHON, sys.executable)
    if python == sys.executable and importlib.util.find_spec("uvicorn") is None:
        raise RoboticsError(
            f"uvicorn is not installed beside {python}.\n"
            "Start the platform in a terminal of the lab, or: pip install 'spinnlab[lab]'"
        )
    command = [python, "-m", "spinnlab.robotics.host", str(place.folder), str(port)]
    if server := os.environ.get(ENDS_WITH):
        command += ["--ends-with", server]
    try:
        with place.log.open("ab") as log:
            # A session of its own: the end of a terminal does not end it.
            return subprocess.Popen(
                command, cwd="/", start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
    except OSError as error:
        raise RoboticsError(
            f"The robotics platform cannot be started: {error.strerror} ({place.log})."
        ) from error


def _last_words(place: Place, begin: int) -> str:
    said = place.log.read_bytes()[begin:].decode(errors="replace").strip().splitlines()
    if said and said[-1].startswith("spinnlab: "):
        return said[-1].removeprefix("spinnlab: ")
    return f"The robotics platform ended at once; {place.log} ends with:\n" + "\n".join(said[-5:])


def has_ended(process: int, within_s: float) -> bool:
    """Waits for the end of a process, named by its descriptor, for so long at most."""
    return bool(select.select([process], [], [], within_s)[0])


def stop(place: Place) -> bool:
    """Ends the platform; False if none ran. Returns when its process has gone."""
    connection = _Connection(place.socket_file)
    try:
        connection.connect()
        pid = connection.peer()
        process = os.pidfd_open(pid)
    except (FileNotFoundError, ConnectionRefusedError, ProcessLookupError):
        return False
    finally:
        connection.close()
    try:
        for how in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(process, how)
            if has_ended(process, END_TIMEOUT_S):
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)  # where this process has started it
                return True
    finally:
        os.close(process)
    raise RoboticsError("The robotics platform's process cannot be ended.")
