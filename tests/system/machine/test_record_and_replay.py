# SPDX-License-Identifier: Apache-2.0
"""A recorded session, live input included, runs again bit for bit, on any number of threads."""

import random
import re
import subprocess
import time

import pytest

#: Counts messages: an endless loop that adds one to a word of SDRAM.
COUNTER = [0xE3A00206, 0xE3A01000, 0xE2811001, 0xE5801000, 0xEAFFFFFC]
LAST_WORDS = b"the last words of the session..."


@pytest.fixture
def replay(machine_program):
    def run(path, *options: str) -> tuple[int, str]:
        done = subprocess.run(
            [str(machine_program), "replay", str(path), *options],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def session(start_machine, board_client, tmp_path):
    """The file of a session with programs that run, live datagrams, faults and bytes."""
    path = tmp_path / "session"
    machine = start_machine("record", str(path))
    board = board_client(machine.address)
    board.start(COUNTER, core=1)
    board.start(COUNTER, core=3, chip=(1, 1))
    board.start([0xE7F000F0], core=2)  # an instruction that is none
    numbers = random.Random(7)
    result, _ = board.ask(26, (0x20000000 | 1 << 16 | 1 << 8 | 5, 20_000, 0))
    assert result == 0x80
    for _ in range(100):
        board.send(numbers.randbytes(numbers.randrange(300)), 20_000)
        board.send(numbers.randbytes(numbers.randrange(300)))
        board.read_word(0x60000000)  # how far the counter is depends on when this came
        time.sleep(numbers.random() * 0.003)
    board.write(0x60700000, LAST_WORDS)
    assert board.ask(2, (0x60700000, len(LAST_WORDS), 0)) == (0x80, LAST_WORDS)
    machine.stop()
    return path


@pytest.mark.parametrize("threads", [1, 2])
def test_every_datagram_is_the_same_again(session, replay, threads):
    code, output = replay(session, "--threads", str(threads))
    assert code == 0, output
    found = re.match(r"(\d+) datagrams received, (\d+) sent, 0 differ; ([0-9.]+) s", output)
    assert found, output
    assert int(found[1]) > 300
    assert int(found[2]) > 100
    assert float(found[3]) > 0.05


def test_a_difference_is_found_and_named(session, replay, tmp_path):
    """The test of the test: one bit of one recorded reply turned over."""
    data = bytearray(session.read_bytes())
    data[data.rindex(LAST_WORDS)] ^= 1
    changed = tmp_path / "changed"
    changed.write_bytes(data)
    code, output = replay(changed)
    assert code == 1, output
    assert " 1 differ" in output
    assert "recorded" in output


def test_a_session_that_was_cut_off_replays_up_to_there(session, replay, tmp_path):
    data = session.read_bytes()
    header = data.index(b"\n", data.index(b"\n") + 1) + 1
    for size in (len(data) - 1, len(data) - 40, (header + len(data)) // 2, header):
        cut = tmp_path / "cut"
        cut.write_bytes(data[:size])
        code, output = replay(cut)
        assert code == 0, (size, output)
        assert " 0 differ" in output


def test_what_is_no_session_is_refused(session, replay, tmp_path):
    data = session.read_bytes()
    header = data.index(b"\n", data.index(b"\n") + 1) + 1
    for number, content in enumerate(
        [b"", b"\n", b"hello\n{}\n", data[: header // 2], data.replace(b"{", b"[", 1), bytes(4096)]
    ):
        other = tmp_path / f"other-{number}"
        other.write_bytes(content)
        code, output = replay(other)
        assert code == 1, (content[:50], output)
        assert str(other) in output or "session" in output, output
        assert "internal error" not in output
    code, output = replay(tmp_path / "none")
    assert code == 1
    assert "none" in output
