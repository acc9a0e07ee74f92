# SPDX-License-Identifier: Apache-2.0
"""Which kernel a notebook opens in that was saved with a kernel of the remote service."""

from __future__ import annotations

import copy
from typing import Any

import pytest

pytest.importorskip("jupyter_server", reason="JupyterLab's environment has it")

from spinnlab.old_kernel_names import rename

THERE = {"spynnaker", "spynnaker_7.4.1", "spynnaker_7.3.0", "spynnakergit"}


def notebook(name: str) -> dict[str, Any]:
    return {"metadata": {"kernelspec": {"name": name, "display_name": name, "language": "python"}}}


@pytest.mark.parametrize(
    ("saved", "opens", "shown"),
    [
        ("spynnaker_7.3.0", "spynnaker_7.3.0", "sPyNNaker 7.3.0"),
        ("sPyNNaker_7.3.0", "spynnaker_7.3.0", "sPyNNaker 7.3.0"),
        ("spynnaker_7.4.1", "spynnaker_7.4.1", "sPyNNaker 7.4.1"),
        ("spynnaker-7.4.1", "spynnaker_7.4.1", "sPyNNaker 7.4.1"),
        ("spynnaker_7.2.1", "spynnaker", "sPyNNaker"),
        ("spynnaker_master", "spynnaker", "sPyNNaker"),
        ("spynnaker8_x", "spynnaker", "sPyNNaker"),
    ],
)
def test_in_its_release_where_that_is_there_else_natively(
    saved: str, opens: str, shown: str
) -> None:
    book = notebook(saved)
    rename(book, THERE)
    kernel = book["metadata"]["kernelspec"]
    assert (kernel["name"], kernel["display_name"]) == (opens, shown)
    assert kernel["language"] == "python"


def test_without_the_original_all_of_them_are_native() -> None:
    for saved in ("spynnaker_7.4.1", "spynnaker-7.4.1", "spynnaker_7.3.0"):
        book = notebook(saved)
        rename(book, {"spynnaker"})
        assert book["metadata"]["kernelspec"]["name"] == "spynnaker"


@pytest.mark.parametrize("name", ["spynnaker", "spynnakergit", "python3", "my_spynnaker_7.3.0"])
def test_other_names_stay(name: str) -> None:
    book = notebook(name)
    before = copy.deepcopy(book)
    rename(book, THERE)
    assert book == before
    rename({}, THERE)
    rename({"metadata": {"kernelspec": None}}, THERE)
