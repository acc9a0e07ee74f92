# SPDX-License-Identifier: Apache-2.0
"""The vectors of tests/golden/original-7.4.1 once more, from runs on our own machine.

Each script of scripts/ runs once, bare (our tolerance layer off), on a board of its own; every
file it writes must equal the recorded one in every sample.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
GOLDEN = ROOT / "tests" / "golden" / "original-7.4.1"
ENVIRONMENT = Path(os.environ.get("SPINNLAB_ORIGINAL", ROOT / ".envs" / "original-7.4.1"))
PROGRAMS = Path(os.environ.get("SPINNLAB_BIN", ROOT / "build" / "release" / "bin"))
TIME_OUT_S = 240

MODELS = [
    "IF_curr_exp",
    "IF_cond_exp",
    "IF_curr_alpha",
    "IF_curr_delta",
    "Izhikevich",
    "Izhikevich_cond",
    "IF_curr_dual_exp",
    "IF_curr_exp_sEMD",
    "IFCurrExpCa2Adaptive",
    "IFCondExpStoc",
]
FILES: dict[str, list[str]] = {
    "ring": ["ring20_v", "ring20_gsyn_exc", "ring20_spikes"],
    "models": [f"{m}_{w}" for m in MODELS for w in ("v", "gsyn_exc", "gsyn_inh", "spikes")],
    "stdp": sorted(p.stem for p in GOLDEN.glob("stdp_*.csv")),
    "poisson": sorted(p.stem for p in GOLDEN.glob("poisson_*.csv")),
    "connect": sorted(p.stem for p in GOLDEN.glob("connector_*.csv")),
    "delays": ["delay_ring_spikes", "delay_ring_v_first10"],
    # Noisy current and structural plasticity have no vectors: see the notice beside them.
    "more": [f"current_{c}_{w}" for c in ("dc", "ac", "step") for w in ("v", "spikes")]
    + ["recurrent_spikes", "neuromodulated_spikes"],
}
DESCRIPTIONS = {"stdp": "stdp.json", "poisson": "poisson.json", "connect": "connectors.json"}

pytestmark = [
    pytest.mark.original,
    pytest.mark.skipif(
        not (ENVIRONMENT / "bin" / "python").exists(),
        reason=f"no environment of the original at {ENVIRONMENT} (make deps)",
    ),
    pytest.mark.skipif(
        not (PROGRAMS / "spinnlab-machine").exists(),
        reason=f"no spinnlab-machine in {PROGRAMS} (make build)",
    ),
]


def run(script: str, folder: Path) -> str:
    """Standard output of a script that ended well; its files are in `folder`."""
    done = subprocess.run(
        [
            str(ENVIRONMENT / "bin" / "python"),
            "-m",
            "spinnlab_original.run",
            str(HERE / "scripts" / f"{script}.py"),
        ],
        cwd=folder,
        env={
            **os.environ,
            "SPINNLAB_ORIGINAL_BARE": "1",
            "SPINNLAB_BIN": str(PROGRAMS),
            "OUT": str(folder),
        },
        capture_output=True,
        text=True,
        timeout=TIME_OUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def differing_lines(name: str, folder: Path) -> list[str]:
    recorded = (GOLDEN / f"{name}.csv").read_text().splitlines()
    now = (folder / f"{name}.csv").read_text().splitlines()
    lines = [f"{a} != {b}" for a, b in zip(recorded, now, strict=False) if a != b]
    if len(recorded) != len(now):
        lines.append(f"{len(recorded)} lines recorded, {len(now)} now")
    return lines


def results(description: dict[str, Any]) -> dict[str, Any]:
    """A script's JSON without what tells who made it."""
    return {key: value for key, value in description.items() if key != "package"}


@pytest.mark.parametrize("script", FILES)
def test_every_sample_is_the_recorded_one(script: str, tmp_path: Path) -> None:
    run(script, tmp_path)
    differences = {
        name: found for name in FILES[script] if (found := differing_lines(name, tmp_path))
    }
    assert not differences, {name: (len(found), found[:3]) for name, found in differences.items()}
    if script in DESCRIPTIONS:
        recorded = json.loads((GOLDEN / DESCRIPTIONS[script]).read_text())
        now = json.loads((tmp_path / DESCRIPTIONS[script]).read_text())
        assert results(now) == results(recorded)


def test_every_neuron_model_at_a_tenth_of_a_millisecond(tmp_path: Path) -> None:
    run("fine_steps", tmp_path)
    folder = ROOT / "tests" / "golden" / "neurons-7.4.1"
    names = sorted(path.name for path in folder.glob("*.json"))
    assert len(names) == 24, names
    for name in names:
        recorded = json.loads((folder / name).read_text())
        now = json.loads((tmp_path / name).read_text())
        assert [key for key in recorded if recorded[key] != now[key]] == [], name


def test_plastic_weights_of_the_recurrent_and_neuromodulated_rules(tmp_path: Path) -> None:
    run("more", tmp_path)
    recorded = json.loads((GOLDEN / "more.json").read_text())["plastic"]
    now = json.loads((tmp_path / "more.json").read_text())["plastic"]
    for rule in ("recurrent_weights_ulp", "neuromodulated_weights_ulp"):
        assert now[rule] == recorded[rule]


def test_the_synfire_chain_fires_4400_times_at_the_computed_times(tmp_path: Path) -> None:
    assert "TOTAL 4400 BAD neurons 0" in run("synfire", tmp_path)


def test_split_cores_equal_combined_ones(tmp_path: Path) -> None:
    out = run("split", tmp_path)
    assert "split1 equal True split3 equal True v equal True True" in out
    assert "after reset" in out


def test_ten_cores_equal_a_hundred_over_several_chips(tmp_path: Path) -> None:
    out = run("multichip", tmp_path)
    assert "MULTI equal True 161738 161738" in out
