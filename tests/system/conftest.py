# SPDX-License-Identifier: Apache-2.0
"""A board as its user sees it on the wire, for tests of the compiled programs as a whole."""

import contextlib
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest
from spinnlab.programs import find_program

SCP_PORT, BOOT_PORT = 17893, 54321
OK = 0x80
VERSION, READ, WRITE, RUN_LOADED = 0, 2, 3, 19
REPLY_EXPECTED, HOST_END = 0x87, 0xFF
#: Of the system variables: where a loaded image stands.
PROGRAM_BUFFER = 0xE5007FC8


@pytest.fixture(scope="session")
def machine_program() -> Path:
    return find_program("spinnlab-machine")


@pytest.fixture(scope="session")
def refused_by():
    """refused_by(program, *words): what a program says that does not start; it ends with `code`."""

    def run(program: str, *words: str, code: int = 1) -> str:
        done = subprocess.run(
            [str(find_program(program)), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert done.stdout == "", "it must not say that it is ready"
        return done.stderr

    return run


def scp_datagram(command, arguments=(0, 0, 0), data=b"", chip=(0, 0), core=0, port=0, sequence=1):
    """A request as it stands in a UDP datagram."""
    x, y = chip
    header = struct.pack(
        "<2x8B", REPLY_EXPECTED, 0xFF, port << 5 | core, HOST_END, y, x, 0, 0
    ) + struct.pack("<2H3I", command, sequence, *arguments)
    return header + data


class BoardClient:
    """Requests to the board at an address, and what comes back."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.sequence = 0

    def send(self, datagram: bytes, port: int = SCP_PORT) -> None:
        self.socket.sendto(datagram, (self.address, port))

    def ask(self, command, arguments=(0, 0, 0), data=b"", **where) -> tuple[int, bytes]:
        """Return code and data; TimeoutError without an answer. Late answers to others are
        passed over.
        """
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.send(scp_datagram(command, arguments, data, sequence=self.sequence, **where))
        while True:
            reply, sender = self.socket.recvfrom(2048)
            assert sender == (self.address, SCP_PORT)
            result, sequence = struct.unpack_from("<2H", reply, 10)
            if sequence == self.sequence:
                return result, reply[14:]

    def version(self) -> str:
        """Name and version of what the monitor of chip (0, 0) runs."""
        result, data = self.ask(VERSION)
        assert result == OK
        return data[12:].rstrip(b"\0").replace(b"\0", b" ").decode()

    def answers(self, timeout_s: float = 0.3) -> bool:
        self.socket.settimeout(timeout_s)
        try:
            return self.version().startswith("SC&MP")
        except (TimeoutError, ConnectionRefusedError):
            return False
        finally:
            self.socket.settimeout(5)

    def write(self, address: int, data: bytes, chip=(0, 0)) -> None:
        for at in range(0, len(data), 256):
            part = data[at : at + 256]
            result, _ = self.ask(WRITE, (address + at, len(part), 2), part, chip=chip)
            assert result == OK

    def read_word(self, address: int, chip=(0, 0)) -> int:
        result, data = self.ask(READ, (address, 4, 2), chip=chip)
        assert result == OK
        return struct.unpack("<I", data)[0]

    def start(self, code, core=1, app_id=17, chip=(0, 0)) -> None:
        """Runs words of code on a core, as an image that is copied to address 0 of its memory."""
        image = self.read_word(PROGRAM_BUFFER, chip)
        table = struct.pack("<8I", 2, 0, 32, 4 * len(code), 4, 0, 0, 0)
        self.write(image, table + struct.pack(f"<{len(code)}I", *code), chip)
        result, _ = self.ask(RUN_LOADED, (app_id << 24 | 1 << core, 0, 0), chip=chip)
        assert result == OK

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def board_client():
    """board_client(address): closed at the end of the test."""
    with contextlib.ExitStack() as stack:

        def make(address: str) -> BoardClient:
            client = BoardClient(address)
            stack.callback(client.close)
            return client

        yield make


@pytest.fixture(scope="session")
def eventually():
    """eventually(condition, within_s): seconds until it held; fails if it did not."""

    def wait(condition, within_s: float, what: str = "") -> float:
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < within_s, f"not within {within_s} s: {what}"
            time.sleep(0.005)
        return time.monotonic() - began

    return wait
