# SPDX-License-Identifier: Apache-2.0
"""Pages of a hub are told what changes at a real allocator, and each only what is its own."""

from __future__ import annotations

import asyncio
import getpass
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from spinnlab.errors import ProgramNotFoundError
from spinnlab.hub.changes import TOGETHER_S, Changes
from spinnlab.programs import find_program

PATIENCE_S = 30.0


class Spallocd:
    """An allocator that can be killed and started again."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(str(find_program("spallocd")), "--port", "0", "--socket", str(self.socket)),
                *("--machine", "lab=triad"),
            ],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self.process.stdout and self.process.stdout.readline().startswith("ready")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            if self.process.stdout:
                self.process.stdout.close()


@pytest.fixture
def spallocd(tmp_path: Path) -> Iterator[Spallocd]:
    made = Spallocd(tmp_path / "s")
    try:
        made.start()
    except ProgramNotFoundError as error:
        pytest.skip(str(error))
    yield made
    made.kill()


async def set_within(event: asyncio.Event, seconds: float = PATIENCE_S) -> None:
    async with asyncio.timeout(seconds):
        await event.wait()


async def begin_run(socket: Path) -> asyncio.StreamWriter:
    """A run that goes on as long as the connection."""
    reader, writer = await asyncio.open_unix_connection(socket)
    request = {"command": "begin_run", "args": ["a run", 1], "kwargs": {}}
    writer.write(json.dumps(request).encode() + b"\n")
    reply = json.loads(await reader.readline())
    assert "return" in reply, reply
    return writer


def test_a_run_wakes_its_owner_and_the_administrator_and_nobody_else(spallocd: Spallocd) -> None:
    async def check() -> None:
        changes = Changes(spallocd.socket)
        with (
            changes.listen(getpass.getuser()) as mine,
            changes.listen("jupyter-eve") as others,
            changes.listen(None) as everybodys,
        ):
            await asyncio.sleep(4 * TOGETHER_S)  # until it listens; nothing has changed
            assert not mine.is_set()
            for _ in range(2):  # it begins; it ends
                writer = await begin_run(spallocd.socket)
                await set_within(mine)
                await set_within(everybodys)
                mine.clear()
                everybodys.clear()
                writer.close()
                await set_within(mine)
                await asyncio.sleep(2 * TOGETHER_S)
                mine.clear()
                everybodys.clear()
            assert not others.is_set()

    asyncio.run(check())


def test_when_the_allocator_goes_everybody_asks_and_later_hears_again(spallocd: Spallocd) -> None:
    async def check() -> None:
        changes = Changes(spallocd.socket)
        with changes.listen("jupyter-eve") as others, changes.listen(getpass.getuser()) as mine:
            await asyncio.sleep(4 * TOGETHER_S)
            spallocd.kill()
            await set_within(others)
            spallocd.start()
            await asyncio.sleep(4)  # it tries again every second
            others.clear()
            mine.clear()
            writer = await begin_run(spallocd.socket)
            await set_within(mine)
            assert not others.is_set()
            writer.close()

    asyncio.run(check())


def test_a_page_is_told_by_hand_and_nobody_listens_when_no_page_is_open(tmp_path: Path) -> None:
    async def check() -> None:
        changes = Changes(tmp_path / "nobody")
        with changes.listen("jupyter-ada") as event:
            changes.tell_everybody()
            assert event.is_set()
            task = changes._task
        await asyncio.sleep(0)
        assert task is not None
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(check())
