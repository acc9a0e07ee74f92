# SPDX-License-Identifier: Apache-2.0
"""What the commands load, iobuf, registers and state tell of a running board."""

import json
import os
import re
import selectors
import subprocess
import time

import pytest

#: mov r5, #0x21000000 (timer 1); its load 2000 cycles, periodic; then a branch to itself.
NEVER_SLEEPS = [0xE3A05421, 0xE3A00E7D, 0xE5850000, 0xE3A000E2, 0xE5850008, 0xEAFFFFFE]
#: The same, but its interrupt is enabled in the controller (0x1f000000) and the core waits for it;
#: interrupts are off in the core, so that it goes on with clearing the timer and waiting again.
SLEEPS = [
    0xE3A0441F,  # mov r4, #0x1f000000
    0xE3A05421,  # mov r5, #0x21000000
    0xE3A00010,  # mov r0, #16 (timer 1)
    0xE5840010,  # str r0, [r4, #0x10] (enable)
    0xE3A00E7D,  # mov r0, #2000
    0xE5850000,  # str r0, [r5]
    0xE3A000E2,  # mov r0, #0xe2
    0xE5850008,  # str r0, [r5, #8]
    0xEE070F90,  # mcr p15, 0, r0, c7, c0, 4 (wait)
    0xE585000C,  # str r0, [r5, #12] (clear)
    0xEAFFFFFC,  # b to the wait
]
#: Adds one to a word of SDRAM for ever.
COUNTER = [0xE3A00206, 0xE3A01000, 0xE2811001, 0xE5801000, 0xEAFFFFFC]

#: Blocks of what the monitor knows of the cores, and where a core's first IOBUF block is named.
VCPU_BLOCKS, VCPU_BYTES, VCPU_IOBUF = 0xE5007000, 128, 88
FIRST_BLOCK, SECOND_BLOCK = 0x61000000, 0x61001000


@pytest.fixture
def look(machine, machine_program):
    """look(word, ...): the output of a command that looks at the machine."""

    def run(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [str(machine_program), words[0], "--at", machine.address, *words[1:]],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    return run


def test_load_counts_the_steps_that_would_have_overrun(board, look, eventually):
    board.start(NEVER_SLEEPS, core=1)
    board.start(SLEEPS, core=2, chip=(1, 1))

    def loads():
        return {(c["x"], c["y"], c["p"]): c for c in json.loads(look("load", "--json"))["cores"]}

    eventually(lambda: all(c["steps"] > 50 for c in loads().values()), 20, "50 steps")
    found = loads()
    assert set(found) == {(0, 0, 1), (1, 1, 2)}
    busy, idle = found[0, 0, 1], found[1, 1, 2]
    assert busy["step_cycles"] == idle["step_cycles"] == 2000
    assert busy["overrun_steps"] == busy["steps"]
    assert busy["max_step_cycles"] >= 2000
    assert idle["overrun_steps"] == 0
    assert 3 <= idle["mean_step_cycles"] < 100
    assert json.loads(look("load", "--json"))["estimate"] is True
    text = look("load")
    assert "cycles are estimates" in text
    assert len(re.findall(r"^ +[01] +[01] +[12] .* initialising ", text, re.MULTILINE)) == 2, text


def test_registers_and_the_code_around_the_next_instruction(board, look, eventually):
    board.start(COUNTER, core=3)
    eventually(lambda: json.loads(look("state"))["instructions"] > 100, 20, "100 instructions")
    text = look("registers", "0", "0", "3")
    assert "r0  0x60000000" in text
    assert text.count("\n") > 8
    assert "  running" in text
    assert re.search(r"add\s+r1, r1, #", text), text
    answer = json.loads(look("registers", "0", "0", "3", "--json"))
    assert answer["r"][0] == 0x60000000
    assert answer["running"] is True
    assert answer["waiting"] is False


def test_state_says_what_runs(board, look):
    before = json.loads(look("state"))
    assert (before["booted"], before["running_cores"], before["instructions"]) == (True, 0, 0)
    board.start(COUNTER, core=3)
    first, second = (json.loads(look("state")) for _ in range(2))
    assert first["running_cores"] == 1
    assert second["instructions"] > first["instructions"] > 0
    assert second["virtual_cycles"] > first["virtual_cycles"]


def print_blocks(board, *texts: bytes, core: int = 4) -> None:
    """What a program that prints leaves: a list of {next, time, milliseconds, bytes, text}."""
    places = [FIRST_BLOCK, SECOND_BLOCK][: len(texts)]
    for place, text, after in zip(places, texts, [*places[1:], 0], strict=True):
        header = [after, 0, 0, len(text)]
        padding = bytes(-len(text) % 4)
        board.write(place, b"".join(word.to_bytes(4, "little") for word in header) + text + padding)
    board.write(VCPU_BLOCKS + VCPU_BYTES * core + VCPU_IOBUF, FIRST_BLOCK.to_bytes(4, "little"))


def test_iobuf_is_all_that_was_printed(board, look):
    assert look("iobuf", "0", "0", "4") == ""
    print_blocks(board, b"step 1\n", b"step 2\n")
    assert look("iobuf", "0", "0", "4") == "step 1\nstep 2\n"


class Reader:
    """What a process has written so far, without waiting for its end."""

    def __init__(self, process):
        self.process, self.text = process, ""
        os.set_blocking(process.stdout.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(process.stdout, selectors.EVENT_READ)

    def until(self, text: str) -> str:
        end = time.monotonic() + 10
        while self.text != text and time.monotonic() < end:
            if self.selector.select(0.1):
                self.text += (os.read(self.process.stdout.fileno(), 65536)).decode()
        return self.text


def test_iobuf_follows_as_it_comes_and_a_new_program_from_its_beginning(
    board, machine, machine_program
):
    print_blocks(board, b"step 1\n")
    command = [str(machine_program), "iobuf", "0", "0", "4", "--at", machine.address, "--follow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            reader = Reader(process)
            assert reader.until("step 1\n") == "step 1\n"
            print_blocks(board, b"step 1\nstep 2\n", b"step 3\n")
            assert reader.until("step 1\nstep 2\nstep 3\n") == "step 1\nstep 2\nstep 3\n"
            print_blocks(board, b"new\n")
            assert reader.until("step 1\nstep 2\nstep 3\nnew\n").endswith("step 3\nnew\n")
            machine.close()
            assert process.wait(10) == 1
            assert b"the machine has ended" in process.stderr.read()
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["registers", "9", "0", "1"], "there is no chip (9, 0)"),
        (["registers", "0", "0", "18"], "chip (0, 0) has no core 18"),
        (["iobuf", "0", "-1", "1"], "there is no chip (0, -1)"),
    ],
)
def test_places_that_are_not_there(look, words, told):
    assert told in look(*words, code=1)


def test_a_machine_that_is_not_there(machine_program):
    done = subprocess.run(
        [str(machine_program), "load", "--at", "127.9.9.9"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert "no machine of yours runs at 127.9.9.9" in done.stderr
