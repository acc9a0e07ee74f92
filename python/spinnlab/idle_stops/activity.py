# SPDX-License-Identifier: Apache-2.0
"""Whether a kernel is at work, by all that it has begun and not ended.

Jupyter Server takes the last word of a kernel for its state. A kernel with subshells works on
several requests at a time: when a page asks it to make a subshell while a cell runs, the last word
is "idle", the run looks unused, and the culler stops it (seen with Jupyter Server 2.21, ipykernel
7.4 and JupyterLab 4.6).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from jupyter_client.session import Session


class Activity:
    """Follows the messages that a kernel tells everybody."""

    def __init__(self, manager: Any, kernel: Any) -> None:
        self.manager = manager
        self.kernel = kernel
        self.open: set[str] = set()  # ids of requests
        self._session = Session(config=kernel.session.config, key=kernel.session.key)

    def record(self, parts: list[bytes]) -> None:
        """Keeps the kernel's `last_activity` and `execution_state`, as Jupyter Server does."""
        _, frames = self._session.feed_identities(parts)
        message = self._session.deserialize(frames, content=False)
        kind, parent = message["header"]["msg_type"], message.get("parent_header") or {}
        counts = self.manager.track_message_type(parent.get("msg_type"))
        if counts or self.manager.track_message_type(kind) or self.open:
            self.manager.last_kernel_activity = self.kernel.last_activity = datetime.now(UTC)
        if kind == "status":
            said = self._session.deserialize(frames)["content"]["execution_state"]
            self._take(said, parent.get("msg_id", ""), counts)

    def _take(self, said: str, request: str, counts: bool) -> None:
        if said == "starting":  # another process: what the one before had begun is over
            self.open.clear()
        if counts and said == "busy":
            self.open.add(request)
        elif said == "idle":
            self.open.discard(request)
        if self.open:
            self.kernel.execution_state = "busy"
        elif counts:
            self.kernel.execution_state = said
        elif said != "starting":
            self.kernel.execution_state = "idle"
