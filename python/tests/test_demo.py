# SPDX-License-Identifier: Apache-2.0
"""The synfire notebook in both kernels, and what `spinnlab demo` would say were it wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from spinnlab.commands import demo
from spinnlab.errors import ProgramNotFoundError

from spinnlab import kernels, programs

ROOT = Path(__file__).resolve().parents[2]
SPINNLAB = ROOT / ".venv" / "bin" / "spinnlab"
ORIGINAL = ROOT / ".envs" / "original-7.4.1" / "bin" / "python"


def outcome(late_ms: float = 0.0, missing: int = 0) -> demo.Outcome:
    """What theory says; neuron 7 of population 3 may be late, neurons of population 5 missing."""
    spikes = [[demo.expected_ms(k) for _ in range(100)] for k in range(10)]
    spikes[3][7] = [t + late_ms for t in spikes[3][7]]
    del spikes[5][: missing or 0]
    return demo.Outcome(spikes, {}, b"", 0.0, 0.0)


def test_theory_is_44_volleys() -> None:
    assert outcome().spike_count == 4400
    assert sum(len(outcome().volleys_ms(k)) for k in range(10)) == 44
    assert demo.differences(outcome()) == []


def test_one_late_spike_train_is_told() -> None:
    (text,) = demo.differences(outcome(late_ms=1))
    assert "population 3: 1 neurons differ; neuron 7 fired at [77.0" in text


def test_missing_neurons_are_told() -> None:
    assert "population 5: 98 neurons instead of 100" in demo.differences(outcome(missing=2))


def test_ways_that_differ_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.compare_ways(outcome(), outcome()) == []
    assert "all 4,400 spikes agree" in capsys.readouterr().out
    wrong = demo.compare_ways(outcome(), outcome(late_ms=1))
    assert "native and original fire at different times" in wrong
    assert "agree" not in capsys.readouterr().out


def test_a_wheel_has_the_native_kernel_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere() -> Path:
        raise ProgramNotFoundError("not there")

    monkeypatch.setattr(kernels, "original_python", nowhere)
    monkeypatch.setattr(kernels, "native_python", lambda: tmp_path / "bin" / "python")
    with pytest.raises(ProgramNotFoundError):
        kernels.register_all(tmp_path)
    monkeypatch.setattr(kernels, "source_tree", lambda: None)
    assert kernels.register_all(tmp_path) is False
    names = [path.parent.name for path in tmp_path.glob("share/jupyter/kernels/*/kernel.json")]
    assert names == ["spynnaker"]


@pytest.mark.original
@pytest.mark.skipif(not ORIGINAL.exists() or not SPINNLAB.exists(), reason="no environments")
def test_both_kernels_execute_the_notebook_and_agree(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(SPINNLAB), "demo", "--out", str(tmp_path)],
        cwd=tmp_path,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "all 4,400 spikes agree, native and original" in done.stdout
    assert "population 0:  volleys at 7, 237, 467, 697, 927 ms" in done.stdout
    assert len(re.findall(r"kernel up [\d.]+ s, all cells [\d.]+ s", done.stdout)) == 2
    assert (tmp_path / "synfire.png").read_bytes().startswith(b"\x89PNG")
    # The prepared notebook selects the native kernel, and is executed without a changed character.
    shipped = json.loads((programs.examples_folder() / demo.NOTEBOOK).read_text())
    assert shipped["metadata"]["kernelspec"]["name"] == kernels.SPYNNAKER
    for name in ("SynfireExample.ipynb", "SynfireExample (original).ipynb"):
        executed = json.loads((tmp_path / name).read_text())
        assert [c["source"] for c in executed["cells"]] == [c["source"] for c in shipped["cells"]]
