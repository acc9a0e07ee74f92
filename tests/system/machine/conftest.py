# SPDX-License-Identifier: Apache-2.0
"""spinnlab-machine as a process that a test can look at and kill."""

import contextlib
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

PORTS = (17893, 54321)


def free_address() -> str:
    """A loopback address whose ports nobody has at this moment."""
    for _ in range(100):
        address = f"127.{random.randint(1, 250)}.{random.randint(1, 250)}.{random.randint(1, 250)}"
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in PORTS:
                probe = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                probe.bind((address, port))
            return address
    raise AssertionError("no free address in 127.0.0.0/8")


class Machine:
    """One board on an address of its own; what it writes to standard error is kept in a file."""

    def __init__(self, program: Path, folder: Path, words: list[str], address: str) -> None:
        self.address = address
        self.log_path = folder / f"machine-{address}.log"
        command = [str(program), *words, "--board", f"0,0={address}"]
        command += ["--width", "8", "--height", "8", "--exit-with-stdin"]
        with self.log_path.open("ab") as log:
            # Its standard input is a pipe that we hold: it ends with us, whatever happens here.
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        line = self.process.stdout.readline()
        assert line == "ready\n", f"{command}: {line!r} {self.log()}"

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def cpu_s(self) -> float:
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / 100

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0

    def close(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.process.stdout.close()


@pytest.fixture
def start_machine(machine_program, tmp_path):
    """start_machine("serve", ...): a Machine, ended with the test."""
    with contextlib.ExitStack() as stack:

        def start(*words: str, address: str = "") -> Machine:
            machine = Machine(machine_program, tmp_path, [*words], address or free_address())
            stack.callback(machine.close)
            return machine

        yield start


@pytest.fixture
def machine(start_machine):
    return start_machine("serve")


@pytest.fixture
def board(machine, board_client):
    return board_client(machine.address)


@pytest.fixture(scope="session")
def boot_board():
    """boot_board(client): sends it a boot image and waits until it answers."""

    def boot(board) -> None:
        def packet(operation: int, a: int = 0, c: int = 0, data: bytes = b"") -> bytes:
            words = (operation, a, 0, c)
            return b"\0\1" + b"".join(word.to_bytes(4, "big") for word in words) + data

        board.send(packet(1, c=0), PORTS[1])
        # The image of SC&MP is not run; its variables are those that a power-on leaves.
        board.send(packet(3, data=bytes(1024)), PORTS[1])
        board.send(packet(5), PORTS[1])
        for _ in range(20):
            if board.answers():
                return
            time.sleep(0.05)
        raise AssertionError("no answer after a boot")

    return boot
