# SPDX-License-Identifier: Apache-2.0
"""Puts executions into the cells of a notebook, a JSON object of format 4."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import nbformat

from spinnlab.kept_outputs.execution import Execution


def text_of(cell: dict[str, Any]) -> str:
    """A cell's source; files may have it as lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def places(
    notebook: dict[str, Any], executions: Iterable[Execution]
) -> list[tuple[Execution, dict[str, Any] | None]]:
    """The cell of each execution, None where there is none.

    By its id; notebooks of before format 4.5 have no ids, and a page makes up new ones each time:
    there it is the first cell with the executed code that no other execution has.
    """
    cells = [cell for cell in notebook.get("cells", []) if cell.get("cell_type") == "code"]
    by_id = {cell["id"]: cell for cell in cells if "id" in cell}
    taken: set[int] = set()
    found = []
    for execution in sorted(executions, key=lambda one: one.requested):
        cell = by_id.get(execution.cell_id)
        if cell is None:
            without = (c for c in cells if "id" not in c and id(c) not in taken)
            cell = next((c for c in without if text_of(c) == execution.code), None)
        if cell is not None:
            taken.add(id(cell))
        found.append((execution, cell))
    return found


def put(
    notebook: dict[str, Any], executions: Iterable[Execution], saved: float | None
) -> list[Execution]:
    """Puts outputs into their cells; returns the executions that now stand there.

    `saved` is when the file was written, in seconds since 1970, None if that is now: code that was
    executed later is put into its cell, too, and a cell that the file does not have is added.
    """
    done = []
    for execution, found in places(notebook, executions):
        if execution.state == "queued":
            continue
        cell = found
        is_newer = saved is not None and execution.requested > saved
        if cell is None:
            if not is_newer:
                done.append(execution)  # somebody has removed it since
                continue
            cell = _added(notebook, execution)
        elif is_newer:
            cell["source"] = execution.code
        cell["outputs"] = nbformat.from_dict(execution.outputs())
        cell["execution_count"] = execution.count if execution.state == "finished" else None
        # Who was logged in has executed it, as with a page that is open.
        cell.setdefault("metadata", {})["trusted"] = True
        done.append(execution)
    return done


def _added(notebook: dict[str, Any], execution: Execution) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": "code",
        "metadata": {},
        "source": execution.code,
        "outputs": [],
        "execution_count": None,
    }
    if (notebook.get("nbformat", 4), notebook.get("nbformat_minor", 0)) >= (4, 5):
        cell["id"] = execution.cell_id
    notebook["cells"].append(nbformat.from_dict(cell))
    return notebook["cells"][-1]  # type: ignore[no-any-return]
