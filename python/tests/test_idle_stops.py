# SPDX-License-Identifier: Apache-2.0
"""What counts as work of a kernel, and the notes on what was stopped."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import zmq.asyncio

pytest.importorskip("jupyter_server", reason="no Jupyter Server beside this Python")

from jupyter_client.session import Session
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from spinnlab.idle_stops.activity import Activity
from spinnlab.idle_stops.manager import KernelManager
from spinnlab.idle_stops.notes import MOST, Note, Notes, for_how_long


def a_manager() -> KernelManager:
    """Not with a context of its own: that would be closed whenever Python tidies up, and closing
    waits for sockets of other tests.
    """
    return KernelManager(parent=None, context=zmq.asyncio.Context.instance())


class Followed:
    """A kernel whose messages are made here."""

    def __init__(self) -> None:
        self.session = Session(key=b"")
        self.manager = a_manager()
        self.kernel = SimpleNamespace(session=self.session, execution_state="starting")
        self.activity = Activity(self.manager, self.kernel)

    def says(self, state: str, request: dict[str, Any] | None) -> str:
        message = self.session.msg("status", {"execution_state": state}, parent=request)
        self.activity.record(self.session.serialize(message, ident=b"kernel"))
        return str(self.kernel.execution_state)

    def request(self, kind: str) -> dict[str, Any]:
        return dict(self.session.msg(kind))


def test_a_cell_that_runs_is_work_whatever_else_the_kernel_is_asked() -> None:
    kernel = Followed()
    cell, subshell = kernel.request("execute_request"), kernel.request("create_subshell_request")
    assert kernel.says("starting", None) == "starting"
    assert kernel.says("busy", cell) == "busy"
    assert kernel.says("busy", subshell) == "busy"
    assert kernel.says("idle", subshell) == "busy"  # Jupyter Server alone says idle here
    assert kernel.says("idle", cell) == "idle"


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("ours", "state"), [(False, "idle"), (True, "busy")])
def test_jupyter_server_alone_takes_a_kernel_with_a_subshell_for_idle(
    ours: bool, state: str, tmp_path: Path
) -> None:
    """The cell runs on; else `Activity` would be good for nothing any more."""

    async def look() -> str:
        kind = KernelManager if ours else AsyncMappingKernelManager
        manager = kind(connection_dir=str(tmp_path))
        kernel_id = await manager.start_kernel(kernel_name="python3")
        kernel = manager.get_kernel(kernel_id)
        client = kernel.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
            client.execute("import time; time.sleep(600)")
            while kernel.execution_state != "busy":
                await asyncio.sleep(0.05)
            client.control_channel.send(client.session.msg("create_subshell_request"))
            answer = await client.control_channel.get_msg(timeout=60)
            assert answer["content"]["status"] == "ok"
            await asyncio.sleep(1)  # what it tells everybody comes another way
            return str(kernel.execution_state)
        finally:
            client.stop_channels()
            manager.stop_watching_activity(kernel_id)
            await kernel.shutdown_kernel(now=True)
            # Else it is closed whenever Python tidies up, and waits for minutes for what is open.
            manager.context.destroy(linger=0)

    assert asyncio.run(look()) == state


def test_a_question_about_the_kernel_is_no_use_of_it() -> None:
    kernel = Followed()
    info = kernel.request("kernel_info_request")
    assert kernel.says("busy", info) == "idle"
    assert not hasattr(kernel.kernel, "last_activity")
    cell = kernel.request("execute_request")
    kernel.says("busy", cell)
    used = kernel.kernel.last_activity
    assert kernel.says("busy", info) == kernel.says("idle", info) == "busy"
    assert kernel.kernel.last_activity >= used


def test_a_kernel_that_is_started_again_has_no_work_of_before() -> None:
    kernel = Followed()
    kernel.says("busy", kernel.request("execute_request"))
    kernel.says("starting", None)
    info = kernel.request("kernel_info_request")
    kernel.says("busy", info)
    assert kernel.says("idle", info) == "idle"


def test_notes_are_kept_until_they_are_read(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "folder" / "stopped.json")
    assert notes.all() == []
    for number in range(MOST + 5):
        notes.add(Note(f"kernel {number}", "it was idle", float(number)))
    assert [note.unix_s for note in notes.all()] == [float(n) for n in range(5, MOST + 5)]
    notes.forget(MOST + 2.0)
    assert [note.what for note in notes.all()] == [f"kernel {MOST + 3}", f"kernel {MOST + 4}"]


@pytest.mark.parametrize("text", ["", "[1]", '{"what": 1}', "\0"])
def test_a_file_of_notes_that_is_none_costs_only_the_notes(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    notes = Notes(tmp_path / "stopped.json")
    notes.file.write_text(text)
    assert notes.all() == []
    assert "cannot be read" in caplog.text
    notes.add(Note("a kernel", "it was idle", 1.0))
    assert len(notes.all()) == 1


def test_notes_that_cannot_be_written_stop_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    Notes(tmp_path / "file" / "stopped.json").add(Note("a kernel", "it was idle", 1.0))
    assert "cannot be kept" in caplog.text


def test_times_are_said_as_people_say_them() -> None:
    said = [for_how_long(s) for s in (20, 60, 90, 3600, 7200)]
    assert said == ["20 seconds", "1 minute", "2 minutes", "60 minutes", "2 hours"]


def test_only_the_kernel_that_is_stopped_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    spec = SimpleNamespace(metadata={}, display_name="sPyNNaker")
    manager = a_manager()
    manager._kernels = {
        name: SimpleNamespace(execution_state="idle", kernel_spec=spec) for name in ("a", "b")
    }

    async def upstream(self: Any, kernel_id: str) -> None:
        if kernel_id == "a":
            del self._kernels[kernel_id]

    async def path_of(_: str) -> str:
        return "folder/Net.ipynb"

    monkeypatch.setattr(KernelManager.__mro__[1], "cull_kernel_if_idle", upstream, raising=False)
    monkeypatch.setattr(manager.keeper, "path_of", path_of)
    asyncio.run(manager.cull_kernel_if_idle("a"))
    asyncio.run(manager.cull_kernel_if_idle("b"))
    (note,) = Notes().all()
    assert note.what == "The kernel sPyNNaker of folder/Net.ipynb"
