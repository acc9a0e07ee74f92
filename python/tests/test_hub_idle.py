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
from spinnlab.hub.idle import may_stop

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


def test_who_computes_is_never_stopped(allocator: Allocator) -> None:
    assert not may_stop(allocator, "ada", 9 * HOUR, 3600)


def test_who_has_been_away_long_enough_is(allocator: Allocator) -> None:
    assert may_stop(allocator, "bob", HOUR, 3600)
    assert not may_stop(allocator, "bob", HOUR - timedelta(seconds=1), 3600)


def test_without_the_allocator_nobody_is_stopped(tmp_path: Path) -> None:
    assert not may_stop(Allocator(tmp_path / "nobody"), "bob", 9 * HOUR, 3600)
