# SPDX-License-Identifier: Apache-2.0
"""The outputs of one execution of a cell, made from the kernel's messages as a page makes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: Messages of one execution that are kept, in bytes of content; what comes later is only counted.
MOST_BYTES = 64 << 20


class Text:
    """What a terminal shows of a stream: carriage returns and backspaces act on the last line."""

    def __init__(self) -> None:
        self._lines: list[str] = []  # whole ones, with their ends
        self._line: list[str] = []
        self._at = 0

    def add(self, text: str) -> None:
        """Writes `text` where the cursor stands."""
        *whole, rest = text.split("\n")
        for part in whole:
            self._write(part)
            self._lines.append("".join(self._line) + "\n")
            self._line, self._at = [], 0
        self._write(rest)

    def _write(self, text: str) -> None:
        for k, part in enumerate(text.split("\r")):
            if k:
                self._at = 0
            if "\b" in part:
                self._write_with_backspaces(part)
            elif part:
                self._line[self._at : self._at + len(part)] = part
                self._at += len(part)

    def _write_with_backspaces(self, text: str) -> None:
        for letter in text:
            if letter == "\b":
                self._at = max(0, self._at - 1)
            else:
                self._line[self._at : self._at + 1] = letter
                self._at += 1

    def __str__(self) -> str:
        return "".join(self._lines) + "".join(self._line)


@dataclass
class Execution:
    """One request of a page to execute a cell. Times are seconds since 1970."""

    msg_id: str
    session: str  #: of the page that asked for it
    cell_id: str
    code: str
    requested: float
    state: str = "queued"  #: then "running", then "finished"
    count: int | None = None
    #: Outputs of the notebook format; the text of a stream is a `Text`.
    items: list[dict[str, Any]] = field(default_factory=list)
    #: Display ids of the items, "" for those without.
    display_ids: list[str] = field(default_factory=list)
    #: Whether a page that was there has seen the end, or the notebook was handed out with it.
    is_known: bool = False
    #: Grows with each message.
    version: int = 0
    size_bytes: int = 0
    left_out: int = 0
    _clears: bool = False

    def take(self, kind: str, content: dict[str, Any], size_bytes: int = 0) -> None:
        """Takes in a message of the kernel that belongs to this execution."""
        self.version += 1
        if kind == "execute_input":
            self.state, self.count = "running", content.get("execution_count")
        elif kind == "status" and content.get("execution_state") == "idle":
            self.state = "finished"
        elif kind == "clear_output":
            if content.get("wait"):
                self._clears = True
            else:
                self._clear()
        elif kind == "update_display_data":
            self._update(content)
        elif kind in ("stream", "display_data", "execute_result", "error"):
            if self._clears:
                self._clear()
            self._add(kind, content, size_bytes)

    def _clear(self) -> None:
        self.items, self.display_ids, self._clears, self.size_bytes = [], [], False, 0

    def _add(self, kind: str, content: dict[str, Any], size_bytes: int) -> None:
        last = self.items[-1] if self.items else None
        is_more = kind == "stream" and last is not None and last.get("name") == content.get("name")
        if self.size_bytes + size_bytes > MOST_BYTES and kind != "error":
            self.left_out += 1
            return
        self.size_bytes += size_bytes
        if is_more and last is not None:
            last["text"].add(content.get("text", ""))
            return
        item: dict[str, Any] = {"output_type": kind}
        if kind == "stream":
            item |= {"name": content.get("name", "stdout"), "text": Text()}
            item["text"].add(content.get("text", ""))
        elif kind == "error":
            item |= {name: content.get(name, "") for name in ("ename", "evalue")}
            item["traceback"] = list(content.get("traceback", []))
        else:
            item |= {name: content.get(name, {}) for name in ("data", "metadata")}
        if kind == "execute_result":
            item["execution_count"] = content.get("execution_count")
        self.items.append(item)
        self.display_ids.append(_display_id(content))

    def _update(self, content: dict[str, Any]) -> None:
        wanted = _display_id(content)
        for item, display_id in zip(self.items, self.display_ids, strict=True):
            if display_id and display_id == wanted:
                item["data"], item["metadata"] = content["data"], content.get("metadata", {})

    def shows(self, display_id: str) -> bool:
        """Whether one of its outputs has this display id."""
        return bool(display_id) and display_id in self.display_ids

    def end(self, why: str) -> str:
        """The kernel has gone before the cell had finished; returns the text that is shown."""
        text = why + "\n"
        self.take("stream", {"name": "stderr", "text": text})
        self.state = "finished"
        return text

    def outputs(self) -> list[dict[str, Any]]:
        """The outputs for a notebook."""
        made = [
            {**item, "text": str(item["text"])} if item["output_type"] == "stream" else dict(item)
            for item in self.items
        ]
        if self.left_out:
            text = (
                f"{self.left_out:,} more outputs were left out: more than {MOST_BYTES >> 20} MiB "
                "came from this cell while no page was open.\n"
            )
            made.append({"output_type": "stream", "name": "stderr", "text": text})
        return made

    def for_page(self) -> dict[str, Any]:
        """What a page needs to go on from here; display ids stand where messages have them."""
        messages = []
        ids = [*self.display_ids, ""]
        for output, display_id in zip(self.outputs(), ids, strict=False):
            content = {name: value for name, value in output.items() if name != "output_type"}
            if display_id:
                content["transient"] = {"display_id": display_id}
            messages.append({"msg_type": output["output_type"], "content": content})
        if self._clears:
            messages.append({"msg_type": "clear_output", "content": {"wait": True}})
        return {
            "msg_id": self.msg_id,
            "cell_id": self.cell_id,
            "code": self.code,
            "state": self.state,
            "execution_count": self.count,
            "messages": messages,
        }


def _display_id(content: dict[str, Any]) -> str:
    return str((content.get("transient") or {}).get("display_id") or "")
