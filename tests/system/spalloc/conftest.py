# SPDX-License-Identifier: Apache-2.0
"""A spallocd of the test's own, its clients, and the published client's tools."""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from spinnlab.errors import ProgramNotFoundError
from spinnlab.programs import find_program, original_python

QUEUED, POWER, READY, DESTROYED = 1, 2, 3, 4


class Client:
    """One connection that speaks lines."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.file = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def line(self) -> bytes:
        """The next line; empty at the end of the connection, which is a reset where the daemon has
        not read all that was sent.
        """
        try:
            return self.file.readline()
        except ConnectionResetError:
            return b""

    def call(self, command: str, *args, **kwargs):
        """What a command returns; what it raises as a RuntimeError. Notifications are dropped."""
        message = {"command": command, "args": args, "kwargs": kwargs}
        self.send(json.dumps(message).encode() + b"\n")
        while True:
            line = self.line()
            if not line:
                raise ConnectionError(f"disconnected by {message}")
            answer = json.loads(line)
            if "exception" in answer:
                raise RuntimeError(answer["exception"])
            if "return" in answer:
                return answer["return"]

    def state(self, job: int) -> int:
        return self.call("get_job_state", job)["state"]

    def reason(self, job: int) -> str:
        return self.call("get_job_state", job)["reason"]

    def addresses(self, job: int) -> list[str]:
        return [address for _, address in self.call("get_job_machine_info", job)["connections"]]

    def close(self) -> None:
        self.file.close()
        self.socket.close()


class Daemon:
    """A running spallocd; what it writes to standard error is kept in a file."""

    def __init__(self, program: Path, folder: Path, options: list[str]) -> None:
        self.log_path = folder / "spallocd.log"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [str(program), *options], stdout=subprocess.PIPE, stderr=log, text=True
            )
        line = self.process.stdout.readline()
        assert line.startswith("ready "), f"{line!r}\n{self.log()}"
        self.port = int(line.split()[1])
        self.http_port = self._service_port("http", options)
        self.https_port = self._service_port("https", options)
        self.clients: list[Client] = []

    def _service_port(self, name: str, options: list[str]) -> int | None:
        if f"--{name}" not in options:
            return None
        word, port = self.process.stdout.readline().split()
        assert word == name
        return int(port)

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def client(self) -> Client:
        client = Client(self.port)
        self.clients.append(client)
        return client

    def machines(self) -> list[int]:
        """Process ids of the machines that it runs."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(10)

    def close(self) -> None:
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def spallocd(tmp_path, open_machine):
    """spallocd(*options): a daemon on a free port (or the given one) with its own data base."""
    program = find_program("spallocd")
    with contextlib.ExitStack() as stack:

        def start(*options: str, port: int = 0, state: bool = True) -> Daemon:
            words = ["--port", str(port), *options]
            # Daemons of tests that run at the same time keep apart.
            numbers = (random.randint(1, 250) for _ in range(2))
            words += ["--first-address", "127.{}.{}.1".format(*numbers)]
            if state:
                words += ["--database", str(tmp_path / "jobs.db")]
            if "--machine" not in options:
                words += ["--machine", "m=triad"]
            if "--machine-program" not in options:
                words += ["--machine-program", str(open_machine)]
            daemon = Daemon(program, tmp_path, words)
            stack.callback(daemon.close)
            return daemon

        yield start


@pytest.fixture(scope="session")
def open_folder():
    """A folder that every user of the computer may enter; pytest's own are private."""
    with tempfile.TemporaryDirectory(prefix="spallocd-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def open_machine(open_folder, machine_program) -> Path:
    """spinnlab-machine where users can start it, wherever this checkout may be."""
    return Path(shutil.copy2(machine_program, open_folder / "spinnlab-machine"))


@pytest.fixture
def slow_machine(open_folder, open_machine) -> Path:
    """A spinnlab-machine that is a second late, so that boards stay in the making."""
    script = open_folder / "slow-machine"
    script.write_text(f'#!/bin/sh\nsleep 1\nexec "{open_machine}" "$@"\n')
    script.chmod(0o755)
    return script


@pytest.fixture
def ready(eventually):
    """ready(client, *what, **kwargs): a job whose boards are on, and its number."""

    def make(client: Client, *what: int, **kwargs) -> int:
        job = client.call("create_job", *what, owner="ada", **{"keepalive": 60, **kwargs})
        eventually(lambda: client.state(job) != POWER, 10, "boards on")
        assert client.state(job) == READY, client.reason(job)
        return job

    return make


def alive(pid: int) -> bool:
    """Whether the process is there and more than a name that nobody has waited for."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture(scope="session")
def process_lives():
    return alive


@pytest.fixture(scope="session")
def published_environment(tmp_path_factory) -> dict[str, str]:
    """Without any configuration of the user's."""
    environment = {**os.environ, "HOME": str(tmp_path_factory.mktemp("home")), "TERM": "dumb"}
    for name in ("PYTHONPATH", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "VIRTUAL_ENV"):
        environment.pop(name, None)
    return environment


@pytest.fixture(scope="session")
def published_python() -> Path:
    try:
        return original_python()
    except ProgramNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture
def tool(published_python, published_environment, tmp_path):
    """tool(daemon, name, *arguments): (exit code, output) of one of the published tools."""

    def run(daemon: Daemon, name: str, *arguments: str) -> tuple[int, str]:
        server = ["--hostname", "127.0.0.1", "--port", str(daemon.port)]
        done = subprocess.run(
            # The server's options first: --command takes all that follows.
            [str(published_python.parent / name), *server, *arguments],
            cwd=tmp_path,
            env=published_environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def published_job(published_python, published_environment, tmp_path):
    """published_job(daemon, keepalive_s): a process that holds a job by the published client, and
    the job's number, as soon as it is created.
    """
    code = (
        "import sys, time\n"
        "from spalloc_client import Job\n"
        "job = Job(hostname='127.0.0.1', port=int(sys.argv[1]), owner='ada',\n"
        "          keepalive=float(sys.argv[2]), reconnect_delay=0.1, timeout=5)\n"
        "print(job.id, flush=True)\n"
        "time.sleep(600)\n"
    )
    with contextlib.ExitStack() as stack:

        def start(daemon: Daemon, keepalive_s: float) -> tuple[subprocess.Popen, int]:
            process = stack.enter_context(
                subprocess.Popen(
                    [str(published_python), "-c", code, str(daemon.port), str(keepalive_s)],
                    cwd=tmp_path,
                    env=published_environment,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            return process, int(process.stdout.readline())

        yield start
