# SPDX-License-Identifier: Apache-2.0
"""Messages of a kernel become outputs, and outputs find their cells."""

from __future__ import annotations

import time
from typing import Any

import nbformat
import pytest
from spinnlab.kept_outputs import execution, notebook
from spinnlab.kept_outputs.execution import Execution, Text


def asked(cell_id: str = "a", code: str = "work()", at: float | None = None) -> Execution:
    return Execution("id-" + cell_id, "page", cell_id, code, time.time() if at is None else at)


def shown(display_id: str, text: str) -> dict[str, Any]:
    return {"data": {"text/plain": text}, "metadata": {}, "transient": {"display_id": display_id}}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["one\n", "two"], "one\ntwo"),
        (["10 %", "\r20 %", "\r100 %\n"], "100 %\n"),
        (["longer\rshort"], "shortr"),
        (["\r", "x" * 5, "\r" + " " * 5 + "\r", "done\n"], "done \n"),
        (["ab\b", "c"], "ac"),
        (["\b\bx"], "x"),
        (["first\n\rsecond"], "first\nsecond"),
    ],
)
def test_a_stream_is_what_a_terminal_shows(parts: list[str], expected: str) -> None:
    text = Text()
    for part in parts:
        text.add(part)
    assert str(text) == expected


def test_a_long_stream_is_not_slow() -> None:
    text = Text()
    began = time.monotonic()
    for k in range(100_000):
        text.add(f"\r{k} of 100000")
    for k in range(100_000):
        text.add(f"line {k}\n")
    print(f"200,000 parts in {time.monotonic() - began:.2f} s")
    assert str(text).startswith("99999 of 100000line 0\n")
    assert len(str(text).splitlines()) == 100_000


def test_outputs_are_those_of_a_page() -> None:
    one = asked()
    assert one.state == "queued"
    one.take("execute_input", {"execution_count": 7})
    one.take("stream", {"name": "stdout", "text": "a"})
    one.take("stream", {"name": "stdout", "text": "b"})
    one.take("stream", {"name": "stderr", "text": "c"})
    one.take("display_data", shown("d1", "0 %"))
    one.take("update_display_data", shown("d1", "100 %"))
    one.take("update_display_data", shown("other", "nothing"))
    one.take("execute_result", {"data": {"text/plain": "3"}, "execution_count": 7})
    one.take("error", {"ename": "E", "evalue": "why", "traceback": ["t"]})
    assert one.state == "running"
    one.take("status", {"execution_state": "idle"})
    assert one.state == "finished"
    outputs = one.outputs()
    assert [(o["output_type"], o.get("text"), o.get("data")) for o in outputs] == [
        ("stream", "ab", None),
        ("stream", "c", None),
        ("display_data", None, {"text/plain": "100 %"}),
        ("execute_result", None, {"text/plain": "3"}),
        ("error", None, None),
    ]
    cell = nbformat.v4.new_code_cell("work()", outputs=nbformat.from_dict(outputs))
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    page = one.for_page()
    assert page["messages"][2]["content"]["transient"] == {"display_id": "d1"}


def test_clearing_waits_for_the_next_output_where_it_is_asked_to() -> None:
    one = asked()
    one.take("stream", {"name": "stdout", "text": "a"})
    one.take("clear_output", {"wait": True})
    assert len(one.outputs()) == 1
    assert one.for_page()["messages"][-1]["msg_type"] == "clear_output"
    one.take("stream", {"name": "stdout", "text": "b"})
    assert [o["text"] for o in one.outputs()] == ["b"]
    one.take("clear_output", {"wait": False})
    assert one.outputs() == []


def test_what_is_too_much_is_counted_and_an_error_still_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(execution, "MOST_BYTES", 1000)
    one = asked()
    for _ in range(5):
        one.take("display_data", {"data": {"text/plain": "x"}, "metadata": {}}, 400)
    one.take("error", {"ename": "E", "evalue": "", "traceback": []}, 400)
    kinds = [o["output_type"] for o in one.outputs()]
    assert kinds == ["display_data", "display_data", "error", "stream"]
    assert "3 more outputs were left out" in one.outputs()[-1]["text"]


def made(*sources: str, minor: int = 5) -> dict[str, Any]:
    cells: list[dict[str, Any]] = []
    for k, source in enumerate(sources):
        cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": ["old"]}
        cells.append(cell | ({"id": "abcdef"[k]} if minor >= 5 else {}))
    return {"cells": cells, "nbformat": 4, "nbformat_minor": minor, "metadata": {}}


def finished(one: Execution, count: int = 3) -> Execution:
    one.take("execute_input", {"execution_count": count})
    one.take("stream", {"name": "stdout", "text": one.code})
    one.take("status", {"execution_state": "idle"})
    return one


def test_a_cell_is_found_by_its_id_and_gets_newer_code() -> None:
    book = made("first", "second")
    one = finished(asked("b", "second, edited"))
    assert notebook.put(book, [one], saved=one.requested - 10) == [one]
    assert book["cells"][1]["source"] == "second, edited"
    assert book["cells"][1]["outputs"][0]["text"] == "second, edited"
    assert book["cells"][1]["execution_count"] == 3
    assert book["cells"][0]["outputs"] == ["old"]
    # A file that was saved after the request knows better.
    book = made("first", "second, edited again")
    notebook.put(book, [one], saved=one.requested + 10)
    assert book["cells"][1]["source"] == "second, edited again"
    assert book["cells"][1]["outputs"][0]["text"] == "second, edited"


def test_a_cell_that_was_never_saved_is_added_and_a_removed_one_is_not() -> None:
    one = finished(asked("new", "typed and run"))
    book = made("first")
    notebook.put(book, [one], saved=one.requested - 10)
    assert [cell["source"] for cell in book["cells"]] == ["first", "typed and run"]
    assert book["cells"][1]["id"] == "new"
    book = made("first")
    assert notebook.put(book, [one], saved=one.requested + 10) == [one]
    assert len(book["cells"]) == 1


def test_without_ids_cells_are_found_by_their_code_in_order() -> None:
    book = made("same", "other", "same", minor=4)
    first, second = finished(asked("x1", "same", at=1.0)), finished(asked("x2", "same", at=2.0), 4)
    second.take("stream", {"name": "stdout", "text": "!"})
    notebook.put(book, [second, first], saved=5.0)
    assert [cell.get("execution_count") for cell in book["cells"]] == [3, None, 4]
    assert "id" not in book["cells"][0]


def test_a_queued_cell_keeps_what_it_shows_and_a_running_one_has_no_number() -> None:
    book = made("first", "second")
    queued, running = asked("a"), asked("b")
    running.take("execute_input", {"execution_count": 9})
    running.take("stream", {"name": "stdout", "text": "so far"})
    notebook.put(book, [queued, running], saved=time.time() + 5)
    assert book["cells"][0]["outputs"] == ["old"]
    assert book["cells"][1]["outputs"][0]["text"] == "so far"
    assert book["cells"][1]["execution_count"] is None


def test_a_dead_kernel_says_so() -> None:
    one = asked()
    one.take("execute_input", {"execution_count": 1})
    one.end("The kernel died while this cell ran.")
    assert one.state == "finished"
    assert "The kernel died" in one.outputs()[-1]["text"]
