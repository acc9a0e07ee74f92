# SPDX-License-Identifier: Apache-2.0
"""A server is stopped only when nobody has used it for long and the allocator knows of no work."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from spinnlab.hub.allocator import Allocator
from spinnlab.hub.idle import Unused

HOUR = timedelta(hours=1)


class Answers(socketserver.StreamRequestHandler):
    """spallocd's part of the talk: ada computes, bob does not."""

    def handle(self) -> None:
        asked = json.loads(self.rfile.readline())
        assert asked["command"] == "user_activity"
        active = asked["args"] == ["jupyter-ada"]
        reply = {"return": {"active": active, "user": asked["args"][0]}}
        self.wfile.write(json.dumps(reply).encode() + b"\n")


@pytest.fixture
def allocator(tmp_path: Path) -> Iterator[Allocator]:
    path = tmp_path / "s"
    with socketserver.ThreadingUnixStreamServer(str(path), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Allocator(path)
        server.shutdown()


class Clock:
    """Hours go by when the test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def wait(self, time: timedelta) -> None:
        self.now_s += time.total_seconds()


def test_who_computes_is_never_stopped(allocator: Allocator) -> None:
    clock = Clock()
    unused = Unused(allocator, clock)
    clock.wait(9 * HOUR)
    assert not unused.may_stop("ada", 9 * HOUR, 3600)


def test_who_has_been_away_long_enough_is(allocator: Allocator) -> None:
    clock = Clock()
    unused = Unused(allocator, clock)
    assert not unused.may_stop("bob", HOUR, 3600)  # perhaps he computed until the hub started
    clock.wait(HOUR)
    assert unused.may_stop("bob", HOUR, 3600)
    assert not unused.may_stop("bob", HOUR - timedelta(seconds=1), 3600)


def test_the_time_counts_from_the_end_of_a_run(tmp_path: Path) -> None:
    clock, computing = Clock(), True

    class Asked(Allocator):
        async def is_computing(self, _unix_name: str) -> bool:
            return computing

    unused = Unused(Asked(tmp_path), clock)
    clock.wait(9 * HOUR)
    assert not unused.may_stop("ada", 9 * HOUR, 3600)
    computing = False
    clock.wait(HOUR / 2)
    assert not unused.may_stop("ada", 10 * HOUR, 3600)
    clock.wait(HOUR / 2)
    assert unused.may_stop("ada", 10 * HOUR, 3600)


def test_without_the_allocator_nobody_is_stopped(tmp_path: Path) -> None:
    clock = Clock()
    unused = Unused(Allocator(tmp_path / "nobody"), clock)
    clock.wait(9 * HOUR)
    assert not unused.may_stop("bob", 9 * HOUR, 3600)
