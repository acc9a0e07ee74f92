# SPDX-License-Identifier: Apache-2.0
"""The bench's own rules: what is recorded, what is printed, which questions there are."""

import json
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    for name in ("measure", "run"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import measure
    import run

    return measure, run


def printed(text):
    return " ".join(text.split())


def test_every_question_is_asked_and_recorded(bench):
    _, run = bench
    files = {path.stem for path in (BENCH / "questions").glob("*.py")}
    baseline = json.loads((BENCH / "baseline.json").read_text())
    assert set(run.QUESTIONS) == files == set(baseline["figures"])
    assert baseline["recorded"].keys() == baseline["figures"].keys()
    assert all(where["processor"] and where["date"] for where in baseline["recorded"].values())
    for figures in baseline["figures"].values():
        assert figures
        assert all(set(figure) == {"value", "unit"} for figure in figures.values())


def test_a_figure_is_printed_with_its_difference_and_its_limit(bench):
    measure, run = bench
    slow = measure.Figure("emulator CPU", 0.9, "s", 0.7)
    assert printed(run.line(slow, 0.6)) == (
        "emulator CPU 0.90 s recorded 0.60 +50 % at most 0.7 MISSED"
    )
    ratio = measure.Figure("kernel / prototype", 3.2, "times", 3.0, more_is_better=True)
    assert printed(run.line(ratio, None)) == "kernel / prototype 3.20 times at least 3"
    assert "was 0" in run.line(measure.Figure("idle", 0.2, "%"), 0.0)
    assert "the same" in run.line(measure.Figure("idle", 0.0, "%"), 0.0)
