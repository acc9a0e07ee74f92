# SPDX-License-Identifier: Apache-2.0
"""Which executions there are, who has seen them, and when they are put into their notebook."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jupyter_client.session import Session
from jupyter_server.services.contents.largefilemanager import LargeFileManager

from spinnlab.kept_outputs import notebook
from spinnlab.kept_outputs.execution import Execution

logger = logging.getLogger("spinnlab.kept_outputs")

#: A page that was away for less may come back and save what it knows.
ALONE_S = 30.0
#: Between two looks, and between two writes of a notebook whose cell still runs.
LOOK_S, REWRITE_S = 5.0, 60.0
#: Messages that Jupyter Server keeps for a page that lost its connection, in bytes.
MOST_BUFFERED_BYTES = 32 << 20
#: What pages are sent.
MESSAGE = "spinnlab_executions"
WANTED = frozenset(
    ("execute_input", "stream", "display_data", "execute_result", "error", "clear_output")
)
#: These matter whoever asked.
OF_ANYBODY = frozenset(("status", "update_display_data"))


@dataclass
class Kernel:
    """One kernel: its executions by the id of the request, oldest first, and its pages."""

    executions: dict[str, Execution] = field(default_factory=dict)
    pages: set[Any] = field(default_factory=set)
    path: str = ""
    alone_since: float = field(default_factory=time.monotonic)
    written: float = 0.0
    #: Version of each execution in the file.
    in_file: dict[str, int] = field(default_factory=dict)
    stream: Any = None

    def sessions(self) -> set[str]:
        return {page.session.session for page in self.pages}

    def news(self) -> list[Execution]:
        """Executions of which the file does not say all."""
        return [
            one for one in self.executions.values()
            if one.state != "queued" and self.in_file.get(one.msg_id) != one.version
        ]  # fmt: skip


class Keeper:
    """All of one server. Used in its event loop only."""

    def __init__(self, manager: Any) -> None:
        self.manager = manager
        self.kernels: dict[str, Kernel] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._looks: asyncio.Task[Any] | None = None

    # ---- what is heard

    def watch(self, kernel_id: str) -> None:
        """Listens to what a kernel tells everybody; anew after its ports have changed."""
        self.unwatch(kernel_id)
        manager = self.manager.get_kernel(kernel_id)
        kernel = self.kernels.setdefault(kernel_id, Kernel())
        session = Session(config=manager.session.config, key=manager.session.key)
        kernel.stream = manager.connect_iopub()

        def on_message(parts: list[bytes]) -> None:
            _, frames = session.feed_identities(parts)
            kind = session.unpack(frames[1])["msg_type"]
            parent = session.unpack(frames[2]).get("msg_id", "")
            if (parent in kernel.executions and kind in WANTED) or kind in OF_ANYBODY:
                message = session.deserialize(frames)
                self._heard(kernel, kind, parent, message["content"], len(frames[4]))

        kernel.stream.on_recv(on_message)
        if self._looks is None:
            self._looks = asyncio.ensure_future(self._look())

    def unwatch(self, kernel_id: str) -> None:
        kernel = self.kernels.get(kernel_id)
        if kernel is not None and kernel.stream is not None:
            if not kernel.stream.closed():
                kernel.stream.close()
            kernel.stream = None

    def _heard(
        self, kernel: Kernel, kind: str, parent: str, content: dict[str, Any], size: int
    ) -> None:
        if kind == "status" and content.get("execution_state") == "starting":
            for one in kernel.executions.values():
                if one.state != "finished":
                    one.state, one.version = "finished", one.version + 1
        if kind == "update_display_data":
            display_id = (content.get("transient") or {}).get("display_id", "")
            for one in kernel.executions.values():
                if one.shows(display_id):
                    one.take(kind, content)
            return
        execution = kernel.executions.get(parent)
        if execution is None or execution.state == "finished":
            return
        execution.take(kind, content, size)
        if execution.state == "finished" and execution.session in kernel.sessions():
            execution.is_known = True

    def requested(
        self, kernel_id: str, session: str, header: dict[str, Any], cell_id: str, code: str
    ) -> None:
        """A page asks for the execution of a cell; what the cell showed before is over."""
        kernel = self.kernels.get(kernel_id)
        if kernel is None:
            return
        for msg_id, before in list(kernel.executions.items()):
            if before.cell_id == cell_id:
                del kernel.executions[msg_id]
        msg_id = header["msg_id"]
        kernel.executions[msg_id] = Execution(msg_id, session, cell_id, code, time.time())
        self._later(self._learn_path(kernel_id))

    async def _learn_path(self, kernel_id: str) -> str:
        """The notebook of a kernel; the last one known when its session has gone."""
        kernel = self.kernels[kernel_id]
        for session in await self.manager.parent.session_manager.list_sessions():
            if session["kernel"]["id"] == kernel_id and session["type"] == "notebook":
                kernel.path = session["path"]
        return kernel.path

    async def path_of(self, kernel_id: str) -> str:
        """The notebook of a kernel; empty when it has none."""
        return await self._learn_path(kernel_id) if kernel_id in self.kernels else ""

    # ---- pages

    def joined(self, kernel_id: str, page: Any) -> None:
        """A page has opened a connection to the kernel."""
        self.kernels.setdefault(kernel_id, Kernel()).pages.add(page)

    def left(self, kernel_id: str, page: Any) -> None:
        kernel = self.kernels.get(kernel_id)
        if kernel is not None:
            kernel.pages.discard(page)
            kernel.alone_since = time.monotonic()

    def for_page(self, kernel_id: str, page: Any) -> list[dict[str, Any]]:
        """Executions that a page has not asked for itself, or lost sight of."""
        kernel = self.kernels.get(kernel_id)
        if kernel is None or page not in kernel.pages:
            return []
        session = page.session.session
        return [
            one.for_page() for one in kernel.executions.values()
            if one.session != session and not one.is_known
        ]  # fmt: skip

    # ---- notebooks

    def of_notebook(self, path: str) -> list[Kernel]:
        return [kernel for kernel in self.kernels.values() if kernel.path == path.strip("/")]

    def put_into(self, path: str, model: dict[str, Any]) -> None:
        """A notebook is handed out: with what has happened since it was saved."""
        written = model.get("last_modified")
        saved = written.timestamp() if isinstance(written, datetime) else time.time()
        for kernel in self.of_notebook(path):
            for one in notebook.put(model["content"], kernel.executions.values(), saved):
                one.is_known |= one.state == "finished"

    def before_save(self, path: str, content: dict[str, Any]) -> list[tuple[Kernel, Execution]]:
        """A page saves what it knows. What it cannot know is put in; returns what it knows."""
        known: list[tuple[Kernel, Execution]] = []
        for kernel in self.of_notebook(path):
            ended = [one for one in kernel.executions.values() if one.state == "finished"]
            for one, cell in notebook.places(content, ended):
                count = None if cell is None else cell.get("execution_count")
                if not one.is_known and cell is not None and count != one.count:
                    notebook.put(content, [one], None)
                known.append((kernel, one))
        return known

    def saved(self, known: Iterable[tuple[Kernel, Execution]]) -> None:
        """The file has been written: it is the authority on these."""
        for kernel, one in known:
            kernel.executions.pop(one.msg_id, None)
            kernel.in_file.pop(one.msg_id, None)

    async def write(self, kernel_id: str) -> None:
        """Writes what is new into the notebook's file, and forgets what has finished."""
        kernel = self.kernels[kernel_id]
        news = kernel.news()
        path = await self._learn_path(kernel_id)
        if not news or not path:
            return
        versions = {one.msg_id: one.version for one in news}
        kernel.written = time.monotonic()
        # At once, so that nobody saves in between, and without a thread, which a server that is
        # ending would wait for.
        files = self.manager.parent.contents_manager
        writer = LargeFileManager(parent=files.parent, root_dir=files.root_dir)
        try:
            model = writer.get(path, content=True)
            self.put_into(path, model)
            known = self.before_save(path, model["content"])
            writer.save({"type": "notebook", "content": model["content"]}, path)
            self.saved(known)
        except (
            Exception
        ) as error:  # the notebook was removed, the disk is full: nothing is lost yet
            logger.warning("What cells of %s showed is not in the file yet: %s", path, error)
            return
        kernel.in_file = {
            k: v for k, v in (kernel.in_file | versions).items() if k in kernel.executions
        }
        logger.info("%s: outputs of %d cells written while no page was open", path, len(news))

    async def ended(self, kernel_id: str) -> None:
        """A kernel is shut down: a page that is open has seen all, else the file gets it."""
        kernel = self.kernels.get(kernel_id)
        if kernel is None:
            return
        if not kernel.pages:
            await self.write(kernel_id)
        self.unwatch(kernel_id)
        self.kernels.pop(kernel_id, None)

    def died(self, kernel_id: str, what: str) -> list[tuple[Execution, str]]:
        """A kernel has ended by itself; returns cells that it worked on and what they show now."""
        ended = []
        for one in self.kernels.get(kernel_id, Kernel()).executions.values():
            if one.state == "running":
                ended.append((one, one.end(what.strip())))
            elif one.state == "queued":
                one.state = "finished"
        return ended

    def pages(self, kernel_id: str) -> list[Any]:
        """Those that are open on a kernel."""
        return list(self.kernels.get(kernel_id, Kernel()).pages)

    def last_path(self, kernel_id: str) -> str:
        """The notebook of a kernel; empty for none, or one that is not known yet."""
        return self.kernels.get(kernel_id, Kernel()).path

    # ---- time

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            for kernel_id in list(self.kernels):
                try:
                    await self._look_at(kernel_id)
                except Exception:
                    logger.exception("outputs of kernel %s", kernel_id)

    async def _look_at(self, kernel_id: str) -> None:
        kernel, now = self.kernels[kernel_id], time.monotonic()
        memory = getattr(self.manager.get_kernel(kernel_id), "memory", None)
        if memory is not None:
            memory.look()
        buffer = self.manager._kernel_buffers.get(kernel_id)
        if buffer and _bytes_in(buffer["buffer"]) > MOST_BUFFERED_BYTES:
            # All of it is here in a shorter form; a page that comes back is told of it.
            self.manager.stop_buffering(kernel_id)
            for one in kernel.executions.values():
                one.session, one.is_known = "", False
        if kernel.pages or now - kernel.alone_since < ALONE_S:
            return
        news = kernel.news()
        if any(one.state == "finished" for one in news) or (
            news and now - kernel.written > REWRITE_S
        ):
            await self.write(kernel_id)

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _bytes_in(messages: Iterable[tuple[str, list[bytes]]]) -> int:
    return sum(len(part) for _, parts in messages for part in parts)
