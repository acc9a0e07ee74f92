# SPDX-License-Identifier: Apache-2.0
"""Datagrams that no host would send, to a serving board: it stays, and answers right after them."""

import random
import re
import struct
import time

import pytest

SCP_PORT, BOOT_PORT = 17893, 54321
OK, BAD_LENGTH, BAD_COMMAND, BAD_ARGUMENT = 0x80, 0x81, 0x83, 0x84
BAD_PORT, NO_ROUTE, BAD_CORE = 0x85, 0x87, 0x88
VERSION, READ, WRITE, FILL, LINK_READ, RUN_LOADED, IP_TAG, ALLOCATE = 0, 2, 3, 5, 17, 19, 26, 28
RUNTIME_ERROR, RUNNING = 2, 7
VCPU, VCPU_BYTES, VCPU_STATE = 0xE5007000, 128, 46
SDRAM = 0x60500000


def request_datagram(command, arguments=(0, 0, 0), flags=0x07) -> bytes:
    """A request to chip (0, 0), by default one that wants no answer."""
    return struct.pack("<2x8B2H3I", flags, 0xFF, 0, 0xFF, 0, 0, 0, 0, command, 1, *arguments)


@pytest.fixture(autouse=True)
def still_there(machine, board):
    """After whatever the test did: a correct answer, memory that is the board's, a live process."""
    yield
    assert board.version() == "SC&MP/SpiNNaker 4.0.0"
    board.write(SDRAM, b"spinnaker" * 50)
    result, data = board.ask(READ, (SDRAM, 256, 0))
    assert (result, data) == (OK, (b"spinnaker" * 50)[:256])
    assert machine.process.poll() is None


def core_state(board, core) -> int:
    _, data = board.ask(READ, (VCPU + core * VCPU_BYTES + VCPU_STATE, 1, 0))
    return data[0]


def test_short_datagrams_are_dropped_or_refused(board):
    good = bytes.fromhex(
        "0000 87ff 00ff 0000 0000 0000 0100 00000000 00000000 00000000".replace(" ", "")
    )
    for size in range(len(good) + 1):
        for port in (SCP_PORT, BOOT_PORT):
            board.send(good[:size], port)
    # A whole SDP header with a short request gets "bad length"; the last one is good.
    board.socket.settimeout(0.3)
    answers = []
    with pytest.raises(TimeoutError):
        while True:
            answers.append(struct.unpack_from("<H", board.socket.recv(2048), 10)[0])
    board.socket.settimeout(5)
    assert answers == [BAD_LENGTH] * 16 + [OK]


def test_long_datagrams_are_dropped(board):
    request = request_datagram(VERSION, flags=0x87)
    for size in (257, 258, 300, 1500, 2048, 9000, 60_000):
        for port in (SCP_PORT, BOOT_PORT):
            board.send(request + bytes(size), port)
    assert not_a_word(board)


def not_a_word(board) -> bool:
    board.socket.settimeout(0.3)
    try:
        board.socket.recv(2048)
    except TimeoutError:
        return True
    finally:
        board.socket.settimeout(5)
    return False


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (dict(command=1), BAD_COMMAND),
        (dict(command=99), BAD_COMMAND),
        (dict(command=0xFFFF), BAD_COMMAND),
        (dict(command=VERSION, core=18), BAD_CORE),
        (dict(command=VERSION, core=31), BAD_CORE),
        (dict(command=VERSION, port=1), BAD_PORT),
        (dict(command=VERSION, chip=(7, 0)), NO_ROUTE),
        (dict(command=VERSION, chip=(200, 100)), NO_ROUTE),
        (dict(command=READ, arguments=(0x60000000, 257, 0)), BAD_ARGUMENT),
        (dict(command=READ, arguments=(0x60000000, 0xFFFFFFFF, 0)), BAD_ARGUMENT),
        (dict(command=READ, arguments=(0x60000000, 4, 9)), BAD_ARGUMENT),
        (dict(command=READ, arguments=(0x90000000, 4, 2)), BAD_ARGUMENT),
        (dict(command=READ, arguments=(0x67FFFFF0, 256, 2)), BAD_ARGUMENT),
        (dict(command=READ, arguments=(0xFFFFFFFC, 256, 2)), BAD_ARGUMENT),
        (dict(command=WRITE, arguments=(0x90000000, 4, 2), data=b"1234"), BAD_ARGUMENT),
        (dict(command=FILL, arguments=(0x60000000, 1, 0xFFFFFFFF)), BAD_ARGUMENT),
        (dict(command=LINK_READ, arguments=(0x60000000, 4, 6)), BAD_ARGUMENT),
        (dict(command=RUN_LOADED, arguments=(17 << 24 | 1, 0, 0)), BAD_ARGUMENT),
        (dict(command=IP_TAG, arguments=(9 << 16, 0, 0)), BAD_ARGUMENT),
        (dict(command=IP_TAG, arguments=(1 << 16 | 200, 0, 0)), BAD_ARGUMENT),
        (dict(command=ALLOCATE, arguments=(255, 0, 0)), BAD_ARGUMENT),
    ],
)
def test_what_makes_no_sense_gets_the_originals_return_code(board, request_, code):
    assert board.ask(**request_)[0] == code


def test_boot_packets_that_make_no_sense_change_nothing(board):
    random_bytes = random.Random(1)
    board.write(0x60600000, b"kept")
    for operation in (0, 2, 4, 6, 0xFFFFFFFF):
        board.send(b"\0\1" + struct.pack(">4I", operation, 0, 0, 0), BOOT_PORT)
    for version in (0, 2, 0xFFFF):
        board.send(struct.pack(">H4I", version, 1, 0, 0, 0), BOOT_PORT)
    board.send(b"\0\1" + struct.pack(">4I", 3, 0xFFFFFFFF, 0, 0) + bytes(1024), BOOT_PORT)
    board.send(b"\0\1" + struct.pack(">4I", 3, 31, 0, 0) + bytes(1400), BOOT_PORT)
    board.send(b"\0\1" + struct.pack(">4I", 5, 0, 0, 0), BOOT_PORT)  # an end without a start
    for _ in range(200):
        board.send(random_bytes.randbytes(random_bytes.randrange(1100)), BOOT_PORT)
    assert board.ask(READ, (0x60600000, 4, 0)) == (OK, b"kept")


def test_a_boot_that_is_broken_off_can_be_made_good(board, boot_board):
    board.send(b"\0\1" + struct.pack(">4I", 1, 0, 0, 31), BOOT_PORT)
    time.sleep(0.1)  # nothing orders what comes to two ports
    assert not board.answers(), "a board without its monitor is silent"
    for block in (0, 31, 255, 7):
        board.send(b"\0\1" + struct.pack(">4I", 3, block, 0, 0) + bytes(1024), BOOT_PORT)
    boot_board(board)


def test_a_flood_of_requests_and_of_bytes(machine, board, record_property):
    """A second of datagrams as fast as they go: some may be lost, but the board may not stop."""
    random_bytes = random.Random(2)
    junk = [random_bytes.randbytes(random_bytes.randrange(400)) for _ in range(64)]
    request = request_datagram(VERSION)
    sent = 0
    end = time.monotonic() + 1
    while time.monotonic() < end:
        for datagram in junk:
            board.send(datagram)
            board.send(request)
        sent += 2 * len(junk)
    began = time.monotonic()
    assert board.version()
    took = time.monotonic() - began
    record_property("answer_after_flood_s", round(took, 3))
    print(f"{sent} datagrams in 1 s, an answer {1e3 * took:.0f} ms after the last")
    time.sleep(0.1)
    before = machine.cpu_s()
    time.sleep(0.5)
    assert machine.cpu_s() - before < 0.1, "an idle board costs nothing, after a flood too"


def test_a_flood_of_requests_while_a_core_runs(board):
    board.start([0xEAFFFFFE])  # a branch to itself
    for _ in range(2000):
        board.send(request_datagram(VERSION))
    assert board.version()
    assert core_state(board, 1) not in (RUNTIME_ERROR, 0)


def test_programs_that_fault_and_images_that_are_none(machine, board, eventually):
    programs = {
        1: ([0xE3A00209, 0xE5901000], "data abort at pc 0x00000024, address 0x90000000"),
        2: ([0xE7F000F0], "undefined instruction at pc 0x00000020, instruction 0xe7f000f0"),
        3: ([0xE3A00209, 0xE12FFF10], "prefetch abort at pc 0x90000000"),
    }
    vectors = [0xEA000006] + 7 * [0xEAFFFFFE]  # b 0x20; every exception ends in a loop
    for core, (code, _) in programs.items():
        board.start(vectors + code, core=core)
    for core, (_, told) in programs.items():
        line = re.compile(rf"core \(0, 0, {core}\) running .*: {re.escape(told)}")
        eventually(lambda line=line: line.search(machine.log()), 5, told)
    image = board.read_word(0xE5007FC8)
    random_bytes = random.Random(4)
    for core in range(4, 17):
        board.write(image, random_bytes.randbytes(1024))
        board.ask(RUN_LOADED, (17 << 24 | 1 << core, 0, 0))
        assert core_state(board, core) == RUNTIME_ERROR, core
    assert core_state(board, 17) == 15, "the core that nobody used is idle"


def test_the_monitors_own_data_overwritten(board, boot_board):
    """Heap lists, system variables and the cores' blocks: whatever the monitor finds then, the
    process stays, and a boot puts all right.
    """
    numbers = random.Random(5)
    for base, size in [(0xE5007F00, 256), (0xE5000100, 4096), (0x67800000, 65536), (VCPU, 2304)]:
        for address in range(base, base + size, 256):
            board.send(request_datagram(WRITE, (address, 256, 0)) + numbers.randbytes(256))
        for command in (ALLOCATE, 31, 29, RUN_LOADED, 22, 15):
            for operation in range(12):
                board.send(request_datagram(command, (17 << 8 | operation, 1000, 0)))
    board.answers(2)  # so that all of it has been taken
    boot_board(board)


def test_reverse_ports_take_what_comes(board):
    """A reverse IP tag opens a port of the board; what comes there goes to a core that is not."""
    port = 20_000
    result, _ = board.ask(IP_TAG, (0x20000000 | 1 << 16 | 3 << 8 | 5, 0x0101 << 16 | port, 0))
    assert result == OK
    random_bytes = random.Random(6)
    for size in (0, 1, 2, 271, 272, 273, 2000, 9000):
        board.send(random_bytes.randbytes(size), port)
    assert board.ask(IP_TAG, (3 << 16 | 5, 0, 0))[0] == OK
