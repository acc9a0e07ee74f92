# SPDX-License-Identifier: Apache-2.0
"""Wraps of the published packages: a release that lacks a place gets one line, and all the rest."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "original"))

from spinnlab_original.release import release
from spinnlab_original.wraps import places


@pytest.fixture
def module() -> ModuleType:
    made = ModuleType("published.job")
    made.Job = SimpleNamespace(wait=1)  # type: ignore[attr-defined]
    return made


def wrap(module: ModuleType) -> None:
    module.wrapped = True  # type: ignore[attr-defined]


def test_places_are_dotted_names_or_one_of_two(module: ModuleType) -> None:
    assert places.has(module, "Job.wait")
    assert places.has(module, "other.name | Job.wait")
    assert not places.has(module, "Job.wait.more")
    assert not places.has(module, "other | Job.go")


def test_what_is_there_is_wrapped_without_a_word(
    module: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    places.where_there(wrap, "Job", "Job.wait", gives="reasons")(module)
    assert module.wrapped
    assert capsys.readouterr().err == ""


def test_what_is_missing_is_one_clear_line(
    module: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    checked = places.where_there(wrap, "Job.wait", "Job.begin", gives="why a job waits")
    checked(module)
    checked(module)
    assert not hasattr(module, "wrapped")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"not in sPyNNaker {release()}: why a job waits" in said
    assert "published.job has no Job.begin" in said


def test_a_place_of_another_shape_is_one_line_too(
    module: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    def reads_more(found: ModuleType) -> None:
        found.Job.wait.__func__()

    places.where_there(reads_more, "Job.wait", gives="more of it")(module)
    assert "more of it (published.job: 'int' object has no attribute" in capsys.readouterr().err
