# SPDX-License-Identifier: Apache-2.0
"""Our programs alone: `spinnlab-machine run` and `spinnlab-machine aplx`."""

import re
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def run(machine_program, arm_programs):
    """run(program, *options): the finished process of `spinnlab-machine run`."""

    def start(program: str, *options: str) -> subprocess.CompletedProcess:
        command = [str(machine_program), "run", str(arm_programs / f"{program}.elf"), *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return start


def test_a_program_prints_and_ends(run):
    done = run("hello", "--core", "3,4,5", "--user", "0=7")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Hello from core 5 of chip (3, 4)\n7 ticks of 1000 us, 0 of them late\n"
    assert "hello on core (3, 4, 5): ended" in done.stderr
    assert "user1 0x00000007  user2 0x00030405  user3 0x600d600d" in done.stderr
    # Seven ticks of 1 ms and less than a quarter of one for start and end.
    time_ms = float(re.search(r"virtual time ([0-9.]+) ms", done.stderr)[1])
    assert 7.0 <= time_ms < 7.25


def test_two_runs_are_the_same(run):
    first, second = run("hello"), run("hello")
    assert (first.stdout, first.stderr) == (second.stdout, second.stderr)


def test_the_time_ends(run):
    done = run("faults", "--user", "0=11", "--time", "5", "--machine", "spin3")
    assert done.returncode == 0
    assert "running when its 5 ms were over" in done.stderr
    cycles = int(re.search(r"busy (\d+) cycles", done.stderr)[1])
    assert cycles == pytest.approx(1_000_000, abs=100)  # an endless loop: all of them


def test_a_program_that_only_waits_is_told_so(run):
    done = run("echo", "--machine", "spin3")
    assert done.returncode == 0
    assert "running, asleep with nothing left to wake it" in done.stderr


@pytest.mark.parametrize(
    ("fault", "error", "marked"),
    [
        (1, "data abort", r"ldrb?|ldr"),
        (2, "data abort", "str"),
        (3, "data abort", "ldr"),
        (4, "undefined instruction", ""),
        (5, "supervisor call", ""),
        (8, "division by zero", "bl?"),
        (9, "software error", "bl"),
        (12, "data abort", "push|st"),
        (18, "no memory for IOBUF", "bl"),
    ],
)
def test_a_failure_shows_registers_and_code(run, fault, error, marked):
    done = run("faults", "--user", f"0={fault}", "--machine", "spin3", "--time", "20000")
    assert done.returncode == 1
    assert done.stdout.startswith(f"fault {fault}\n")
    assert "faults on core (0, 0, 1): run-time error" in done.stderr
    assert re.search(rf"^  {error} at 0x0000[0-9a-f]{{4}} in \w+", done.stderr, re.MULTILINE)
    assert len(re.findall(r"\br[0-7] 0x[0-9a-f]{8}", done.stderr)) == 8
    if marked:
        assert re.search(rf"^> [0-9a-f]+ .* ({marked})", done.stderr, re.MULTILINE), done.stderr


def test_a_core_that_loops_with_interrupts_off_is_stopped_by_the_watchdog(run):
    done = run("faults", "--user", "0=10", "--machine", "spin3", "--time", "20000")
    assert done.returncode == 1
    assert "faults on core (0, 0, 1): watchdog" in done.stderr
    assert re.search(
        r"^  busy with interrupts off for too long at 0x0000[0-9a-f]{4} in \w+", done.stderr, re.M
    )
    assert re.search(r"^> [0-9a-f]+ .* b ", done.stderr, re.MULTILINE), done.stderr
    # Three questions, one every 10 ms to one of the chip's 17 application cores.
    time_ms = float(re.search(r"virtual time ([0-9.]+) ms", done.stderr)[1])
    assert time_ms == pytest.approx(3 * 17 * 10, abs=2)


def test_a_locked_up_core_is_stopped(run):
    done = run("faults", "--user", "0=21", "--machine", "spin3")
    assert done.returncode == 1
    assert "it could not go on and was stopped" in done.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--core", "0,0,0"], "has no core (0, 0, 0) for programs"),
        (["--core", "0,0,18"], "has no core (0, 0, 18)"),
        (["--core", "9,9,1"], "has no core (9, 9, 1)"),
        (["--machine", "spin7"], "spin7"),
    ],
)
def test_wrong_wishes_are_told(run, options, told):
    done = run("hello", *options)
    assert done.returncode == 1
    assert told in done.stderr


@pytest.mark.parametrize("option", [["--core", "here"], ["--time", "0"], ["--user", "4=1"]])
def test_wrong_usage_is_told(run, option):
    assert run("hello", *option).returncode == 2


def test_what_is_no_program_is_told(machine_program, tmp_path):
    wrong = tmp_path / "wrong.elf"
    wrong.write_bytes(b"\x7fELF" + bytes(100))
    for path, told in [(wrong, "ARM program"), (Path("/nowhere.elf"), "cannot be read")]:
        command = [str(machine_program), "run", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert told in done.stderr, done.stderr


def test_an_image_is_made_and_described(machine_program, arm_programs, tmp_path):
    image = tmp_path / "hello.aplx"
    make = [str(machine_program), "aplx", str(arm_programs / "hello.elf"), str(image)]
    subprocess.run(make, check=True)
    assert image.read_bytes() == (arm_programs / "hello.aplx").read_bytes()
    told = subprocess.run(
        [str(machine_program), "aplx", str(image)], capture_output=True, text=True, check=True
    ).stdout
    assert re.fullmatch(
        r"copy \d+ bytes to 0x00000000\nfill \d+ bytes at 0x00400000 with 0x00000000\n"
        r"execute 0x00000000\n",
        told,
    )
    nowhere = subprocess.run([*make[:-1], "/nowhere/x.aplx"], capture_output=True, check=False)
    assert nowhere.returncode == 1
