# SPDX-License-Identifier: Apache-2.0
"""The prepared notebooks: copied without losing anybody's changes, and executed in the kernels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from spinnlab import kernels, notebooks

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
COURSE = sorted((EXAMPLES / "Running PyNN simulations").glob("*.ipynb"))
#: Solutions hold their figures against theory in assertions.
SOLUTIONS = [book for book in COURSE if book.name.startswith("Solution")]


def execute(book: Path, kernel: str) -> Any:
    """The executed notebook; a cell that fails raises."""
    document = nbformat.read(book, as_version=4)
    assert document.metadata.kernelspec.name == kernels.SPYNNAKER, "prepared notebooks are native"
    assert not any(cell.get("outputs") for cell in document.cells), "they are shipped unexecuted"
    NotebookClient(document, kernel_name=kernel, timeout=200).execute()
    return document


def texts(document: Any) -> str:
    outputs = [output for cell in document.cells for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") for output in outputs)


def pictures(document: Any) -> int:
    outputs = [output for cell in document.cells for output in cell.get("outputs", ())]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def test_the_course_is_there() -> None:
    assert [book.stem for book in COURSE] == [
        "1 A single neuron",
        "2 A chain of neurons",
        "3 A balanced network",
        "Solution to 3",
        "Solutions to 1 and 2",
    ]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("book", COURSE, ids=lambda book: book.stem)
def test_the_course_runs_natively(book: Path) -> None:
    document = execute(book, kernels.SPYNNAKER)
    said = texts(document)
    assert "Warning" not in said
    assert pictures(document) == (0 if book in SOLUTIONS else 1)
    if book.stem.startswith("1"):
        assert "spikes at [7.0] ms" in said
        for value in (-60.58, -57.177, -54.596):  # published; the last digit may be one off
            assert f"{value}" in said
    if book.stem.startswith("2"):
        assert "182 spikes\nneuron 0: [7.0, 1107.0] ms" in said


@pytest.mark.original
@pytest.mark.timeout(300)
@pytest.mark.parametrize("book", SOLUTIONS, ids=lambda book: book.stem)
def test_the_solutions_hold_on_the_original(book: Path) -> None:
    execute(book, kernels.SPYNNAKER_741)


def test_notebooks_are_copied_with_their_folders_and_never_overwritten(tmp_path: Path) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    (shipped / "course").mkdir(parents=True)
    first, second = shipped / "course" / "one.ipynb", shipped / "two.ipynb"
    first.write_text("first")
    second.write_text("second")
    assert notebooks.refresh(shipped, own) == [own / "course" / "one.ipynb", own / "two.ipynb"]
    assert notebooks.refresh(shipped, own) == []
    # Both get new versions, whether somebody works on them or not.
    (own / "course" / "one.ipynb").write_text("mine")
    first.write_text("first, mended")
    second.write_text("second, mended")
    beside = [own / "course" / "one (new version).ipynb", own / "two (new version).ipynb"]
    assert notebooks.refresh(shipped, own) == beside
    assert [file.read_text() for file in beside] == ["first, mended", "second, mended"]
    assert (own / "course" / "one.ipynb").read_text() == "mine"
    assert (own / "two.ipynb").read_text() == "second"
    assert notebooks.refresh(shipped, own) == []


def test_work_in_a_new_version_stays_when_the_next_one_comes(tmp_path: Path) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    shipped.mkdir()
    for number, text in enumerate(("one", "two", "three", "four")):
        (shipped / "a.ipynb").write_text(text)
        (written,) = notebooks.refresh(shipped, own)
        assert written.read_text() == text
        written.write_text(f"my work in {number}")
    assert {file.name: file.read_text() for file in own.glob("*.ipynb")} == {
        "a.ipynb": "my work in 0",
        "a (new version).ipynb": "my work in 1",
        "a (new version 2).ipynb": "my work in 2",
        "a (new version 3).ipynb": "my work in 3",
    }


def test_a_notebook_that_was_removed_comes_back(tmp_path: Path) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    shipped.mkdir()
    (shipped / "a.ipynb").write_text("one")
    notebooks.refresh(shipped, own)
    (own / "a.ipynb").unlink()
    assert notebooks.refresh(shipped, own) == [own / "a.ipynb"]
    # Without its record nothing comes twice.
    (own / notebooks.RECORD).unlink()
    assert notebooks.refresh(shipped, own) == []
