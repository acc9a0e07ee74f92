# SPDX-License-Identifier: Apache-2.0
"""Boards on loopback addresses and our ARM programs, for scripts that the published packages
run.
"""

import contextlib
import os
import random
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from spinnlab.errors import ProgramNotFoundError
from spinnlab.programs import find_program, original_python

HERE = Path(__file__).parent
SCP_PORT, BOOT_PORT = 17893, 54321


@pytest.fixture(scope="session")
def machine_program() -> Path:
    return find_program("spinnlab-machine")


@pytest.fixture(scope="session")
def arm_programs(machine_program: Path) -> Path:
    """The folder of NAME.elf and NAME.aplx, brought up to date by the target arm_examples."""
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip(
            "no arm-none-eabi-gcc (Debian: gcc-arm-none-eabi) to compile examples/bare_metal with"
        )
    build = machine_program.parent.parent
    if (build / "CMakeCache.txt").is_file():
        command = ["cmake", "--build", str(build), "--target", "arm_examples"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (build / "arm/hello.aplx").is_file(), f"no programs in {build / 'arm'}"
    return build / "arm"


@pytest.fixture(scope="session")
def published_python() -> Path:
    try:
        return original_python()
    except ProgramNotFoundError as error:
        pytest.skip(str(error))


def free_address() -> str:
    """A loopback address whose ports nobody has at this moment."""
    for _ in range(100):
        address = f"127.{random.randint(1, 250)}.{random.randint(1, 250)}.{random.randint(1, 250)}"
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in (SCP_PORT, BOOT_PORT):
                probe = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                probe.bind((address, port))
            return address
    raise AssertionError("no free address in 127.0.0.0/8")


@pytest.fixture(scope="session")
def free_loopback_address() -> Callable[[], str]:
    return free_address


@pytest.fixture(scope="session")
def serve(machine_program: Path) -> Callable[..., contextlib.AbstractContextManager[str]]:
    """serve(*options): a context in which a board answers at the address that it gives."""

    @contextlib.contextmanager
    def board(*options: str) -> Iterator[str]:
        address = free_address()
        command = [
            str(machine_program),
            "serve",
            "--board",
            f"0,0={address}",
            "--exit-with-stdin",
            *options,
        ]
        # Its standard input is a pipe that we hold: it ends with us, whatever happens here.
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                line = process.stdout.readline()
                assert line == "ready\n", f"{command}: {line!r}"
                yield address
                assert process.poll() is None, f"the machine ended with {process.returncode}"
            finally:
                process.stdin.close()
                process.wait(timeout=20)

    return board


@pytest.fixture(scope="session")
def run_published(published_python: Path, tmp_path_factory) -> Callable[..., str]:
    """run_published(script, *arguments): its output. No configuration of the user's is read or
    written.
    """

    def run(
        script: str, *arguments: str, folder: Path | None = None, home_file: str = "", timeout=240
    ) -> str:
        home = tmp_path_factory.mktemp("home")
        if home_file:  # the published packages stop where it is not there
            (home / home_file).touch()
        environment = {**os.environ, "HOME": str(home), "SPINNLAB_ORIGINAL_BARE": "1"}
        for name in ("PYTHONPATH", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "VIRTUAL_ENV"):
            environment.pop(name, None)
        done = subprocess.run(
            [str(published_python), str(HERE / script), *arguments],
            cwd=folder or home,
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"{script}:\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}"
        return done.stdout

    return run
