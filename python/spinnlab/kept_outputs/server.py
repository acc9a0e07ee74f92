# SPDX-License-Identifier: Apache-2.0
"""The places where Jupyter Server lets the keeper listen."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import (
    AsyncMappingKernelManager,
    ServerKernelManager,
)
from tornado.ioloop import IOLoop
from traitlets import default

from spinnlab import out_of_memory
from spinnlab.kept_outputs.execution import Execution
from spinnlab.kept_outputs.keeper import MESSAGE, Keeper

#: After a page has connected, until it is told: its subscription has reached the kernel by then.
SETTLE_S = 0.4


class OneKernel(ServerKernelManager):  # type: ignore[misc]
    """Jupyter Server's own manager of one kernel; knows what it takes of memory."""

    memory: out_of_memory.Watch | None = None

    async def _async_post_start_kernel(self, **options: Any) -> None:
        await super()._async_post_start_kernel(**options)
        process = getattr(self.provisioner, "process", None)  # none where it runs elsewhere
        if process is not None:
            out_of_memory.end_first(process.pid)
            self.memory = out_of_memory.Watch.begin(process.pid)

    def was_killed(self) -> bool:
        """Whether the process has ended by SIGKILL."""
        process = getattr(self.provisioner, "process", None)
        return process is not None and process.returncode == -signal.SIGKILL


class KernelManager(AsyncMappingKernelManager):  # type: ignore[misc]
    """Jupyter Server's own manager of kernels, with a keeper of outputs."""

    @default("kernel_manager_class")
    def _default_kernel_manager_class(self) -> str:
        return f"{OneKernel.__module__}.{OneKernel.__qualname__}"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.keeper = Keeper(self)

    def start_watching_activity(self, kernel_id: str) -> None:
        super().start_watching_activity(kernel_id)
        self.keeper.watch(kernel_id)
        restarted = "; it was started again and knows nothing of before"
        self.add_restart_callback(kernel_id, lambda: self._died(kernel_id, restarted))
        self.add_restart_callback(kernel_id, lambda: self._died(kernel_id, ""), "dead")

    def _died(self, kernel_id: str, what: str) -> None:
        """A kernel has ended by itself: its cell says so, in the file and in open pages."""
        kernel = self.get_kernel(kernel_id)
        why = ""
        if isinstance(kernel, OneKernel) and kernel.memory is not None and kernel.was_killed():
            why = kernel.memory.why_it_ended("this kernel", self._names())
        ended = self.keeper.died(kernel_id, f"The kernel died while this cell ran{what}. {why}")
        for page in self.keeper.pages(kernel_id):
            for execution, text in ended:
                page.show(execution, text)

    def _names(self) -> dict[int, str]:
        """Of the processes that a person of this server may want to end."""
        names = {os.getpid(): "the notebook server"}
        for kernel_id, kernel in self._kernels.items():
            if isinstance(kernel, OneKernel) and kernel.memory is not None:
                path = self.keeper.last_path(kernel_id)
                names[kernel.memory.pid] = f"the kernel of {path}" if path else "another kernel"
        return names

    def stop_watching_activity(self, kernel_id: str) -> None:
        self.keeper.unwatch(kernel_id)
        super().stop_watching_activity(kernel_id)

    async def shutdown_kernel(
        self, kernel_id: str, now: bool = False, restart: bool = False
    ) -> Any:
        if not restart:
            await self.keeper.ended(kernel_id)
        return await super().shutdown_kernel(kernel_id, now=now, restart=restart)

    async def shutdown_all(self, now: bool = False) -> Any:
        for kernel_id in list(self.keeper.kernels):
            await self.keeper.ended(kernel_id)
        return await super().shutdown_all(now=now)


class KernelConnection(ZMQChannelsWebsocketConnection):  # type: ignore[misc]
    """Jupyter Server's own connection of a page and a kernel; notes which cells are executed."""

    @property
    def keeper(self) -> Keeper | None:
        return getattr(self.multi_kernel_manager, "keeper", None)

    def connect(self) -> Any:
        if self.keeper is not None:
            self.keeper.joined(self.kernel_id, self)
        connected = super().connect()
        if connected is not None:
            loop = IOLoop.current()
            connected.add_done_callback(lambda _: loop.call_later(SETTLE_S, self.tell))
        return connected

    def disconnect(self) -> None:
        if self.keeper is not None:
            self.keeper.left(self.kernel_id, self)
        super().disconnect()

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        if self.keeper is not None:
            self._note(incoming_msg)
        super().handle_incoming_message(incoming_msg)

    def _note(self, incoming: Any) -> None:
        """Notes a request to execute a cell; anything else is none of ours."""
        if self.subprotocol == "v1.kernel.websocket.jupyter.org":
            channel, parts = deserialize_msg_from_ws_v1(incoming)
            header = json.loads(parts[0]) if channel == "shell" else {}
            if header.get("msg_type") != "execute_request":
                return
            metadata, content = json.loads(parts[2]), json.loads(parts[3])
        else:
            binary = isinstance(incoming, bytes)
            message = deserialize_binary_message(incoming) if binary else json.loads(incoming)
            header, metadata, content = (
                message.get(part) or {} for part in ("header", "metadata", "content")
            )
            if header.get("msg_type") != "execute_request":
                return
        if (cell_id := metadata.get("cellId")) and not content.get("silent") and self.keeper:
            session = self.session.session
            self.keeper.requested(self.kernel_id, session, header, cell_id, content["code"])

    def show(self, execution: Execution, text: str) -> None:
        """Shows text in a cell that this page has asked for and whose kernel can no longer do it.

        To be called before the page hears that the kernel is started again: it then forgets cells.
        """
        if execution.session != self.session.session:
            return
        asked = self.session.msg_header("execute_request")
        asked["msg_id"] = execution.msg_id
        content = {"name": "stderr", "text": text}
        self._write(self.session.msg("stream", content, parent={"header": asked}))

    def tell(self) -> None:
        """Tells the page of executions that it has not asked for itself."""
        executions = [] if self.keeper is None else self.keeper.for_page(self.kernel_id, self)
        if not executions:
            return
        self._write(self.session.msg(MESSAGE, {"executions": executions}))

    def _write(self, message: dict[str, Any]) -> None:
        if self.subprotocol == "v1.kernel.websocket.jupyter.org":
            packed = serialize_msg_to_ws_v1(message, "iopub", self.session.pack)
            self.write_message(packed, binary=True)
        else:
            message["channel"] = "iopub"
            self.write_message(self.session.pack(message).decode())


class KeptContents(AsyncLargeFileManager):  # type: ignore[misc]
    """Jupyter Server's own manager of files; notebooks come with what was kept."""

    @property
    def keeper(self) -> Keeper | None:
        return getattr(getattr(self.parent, "kernel_manager", None), "keeper", None)

    async def get(self, path: str, content: bool = True, *others: Any, **options: Any) -> Any:
        model = await super().get(path, content, *others, **options)
        if self.keeper and model["type"] == "notebook" and model["content"] is not None:
            self.keeper.put_into(path, model)
        return model

    async def save(self, model: dict[str, Any], path: str = "") -> Any:
        is_notebook = model.get("type") == "notebook" and model.get("content") is not None
        known = (
            self.keeper.before_save(path, model["content"]) if self.keeper and is_notebook else []
        )
        saved = await super().save(model, path)
        if self.keeper:
            self.keeper.saved(known)
        return saved
