# SPDX-License-Identifier: Apache-2.0
"""What keeps a board from being served, and what is left when it is killed."""

import functools
import time

import pytest


@pytest.fixture
def refused(refused_by):
    """refused(*words): what it says when it does not start."""
    return functools.partial(refused_by, "spinnlab-machine")


def test_a_second_machine_on_one_address(machine, board, refused):
    text = refused("serve", "--board", f"0,0={machine.address}")
    assert f"cannot use UDP port 17893 of {machine.address}" in text
    assert "another machine is on that address" in text
    assert board.answers(2), "the first one is not disturbed"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--board", "0,0=10.0.0.1"], "no loopback address"),
        (["--board", "0,0=localhost"], "no loopback address"),
        (["--board", "somewhere"], "X,Y=ADDRESS"),
        (["--board", "0,0=127.0.3.1", "--board", "5,5=127.0.3.2"], "board"),
        (["--down-cores", "a,b"], "down"),
        (["--width", "7", "--height", "9"], "7"),
    ],
)
def test_machines_that_cannot_be(refused, words, part):
    text = refused("serve", *words)
    assert part in text
    assert "internal error" not in text


def test_a_recording_that_cannot_be_written(refused, tmp_path):
    text = refused("record", str(tmp_path / "none" / "session"), "--board", "0,0=127.0.3.3")
    assert "none" in text


def test_kill_9_frees_the_address_at_once(start_machine, board_client):
    first = start_machine("serve")
    board = board_client(first.address)
    board.start([0xEAFFFFFE])  # a branch to itself
    first.process.kill()
    first.process.wait(10)
    second = start_machine("serve", address=first.address)
    assert board_client(second.address).answers(2)


def test_it_ends_with_its_standard_input_and_when_it_is_told(start_machine):
    machine = start_machine("serve")
    machine.process.stdin.close()
    assert machine.process.wait(5) == 0
    start_machine("serve").stop()


def test_a_machine_that_is_always_busy_ends_with_its_parent(machine, board):
    """It is behind its pace, and never waits for anything."""
    for core in range(1, 18):
        board.start(8 * [0xEAFFFFFE], core=core)  # loops for ever, whatever the exception
    time.sleep(0.5)
    machine.process.stdin.close()
    assert machine.process.wait(5) == 0
