# SPDX-License-Identifier: Apache-2.0
"""Other people's tests and scripts, as they are, on the published sPyNNaker and our boards.

`$SPINNLAB_UPSTREAM` names a folder with clones in it: sPyNNaker, PyNNExamples, IntroLab. Each test
runs in a process of its own, in a copy of its suite. Without more, the files that acceptance names
are run, `$SPINNLAB_UPSTREAM_ALL=1` runs every test there is.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
from pathlib import Path

import harness
import pytest

HELPERS = harness.HERE / "upstream"
ROOT = os.environ.get("SPINNLAB_UPSTREAM", "")
EVERYTHING = os.environ.get("SPINNLAB_UPSTREAM_ALL", "") not in ("", "0")
#: Clone -> (folder of the suite, what is copied).
SUITES = {
    "sPyNNaker": ("spynnaker_integration_tests", "spynnaker_integration_tests"),
    "IntroLab": ("integration_tests", "."),
    "PyNNExamples": ("integration_tests", "."),
}
#: What runs without `$SPINNLAB_UPSTREAM_ALL`: parts of "clone/folder/file.py".
NAMED = (
    "test_change_neuron_parameters_between_runs/test_set_and_reset.py",
    "test_various/test_long_delay.py",
    "test_various/test_multi_delay.py",
    "test_various/test_alltoone_with_large_weight.py",
    "test_stdp/test_STDP_pair_additive.py",
    "test_current_sources/test_single_step_current_source.py",
    "test_views/test_views_data.py",
    "test_struct_pl/test_structural_without_stdp.py",
    "test_struct_pl/test_structural_formation_to_full.py",
    "IntroLab/",
)
TIME_OUT_S = 1200


def names_of_tests(file: Path) -> list[str]:
    """Names of test functions, and of test methods as Class.method, without importing the file."""
    found = []
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            found.append(node.name)
        if isinstance(node, ast.ClassDef):
            found += [
                f"{node.name}.{part.name}"
                for part in node.body
                if isinstance(part, ast.FunctionDef) and part.name.startswith("test")
            ]
    return found


def cases() -> list[tuple[str, str, str]]:
    """(clone, file in it, test) of everything that is there and wanted."""
    found = []
    for clone, (folder, _) in SUITES.items():
        base = Path(ROOT) / clone
        for file in sorted((base / folder).rglob("test_*.py")) if ROOT else []:
            name = f"{clone}/{file.relative_to(base)}"
            if EVERYTHING or any(part in name for part in NAMED):
                found += [
                    (clone, str(file.relative_to(base)), test) for test in names_of_tests(file)
                ]
    return found


CASES = cases()
pytestmark = harness.needs_original


@pytest.mark.skipif(bool(CASES), reason="they run")
def test_somebody_elses_suites() -> None:
    if not ROOT:
        pytest.skip("SPINNLAB_UPSTREAM names no folder with clones of " + ", ".join(SUITES))
    pytest.fail(f"SPINNLAB_UPSTREAM={ROOT} holds no suite of {', '.join(SUITES)}", pytrace=False)


@pytest.mark.parametrize(("clone", "file", "test"), CASES, ids=[":".join(case) for case in CASES])
def test_as_it_is(clone: str, file: str, test: str, tmp_path: Path) -> None:
    _, copied = SUITES[clone]
    here = tmp_path / clone
    shutil.copytree(
        Path(ROOT) / clone / copied,
        here / copied,
        ignore=shutil.ignore_patterns(".git", "reports"),
        dirs_exist_ok=True,
    )
    output = harness.run(
        str(HELPERS / "runner.py"),
        str(here / file),
        test,
        folder=tmp_path,
        variables={"PYTHONPATH": os.pathsep.join([str(HELPERS), str(here)])},
        time_out_s=TIME_OUT_S,
    )
    said = re.findall(r"^upstream: (.*)$", output, re.MULTILINE)
    assert len(said) == 1, output[-3000:]
    if said[0].startswith("skipped"):
        pytest.skip(said[0])


#: Milliseconds from the post spike to the pre spike -> change of the weight by its first value:
#: A tau-exponential for each of the pairings, in real numbers (the machine's traces are coarser).
CURVE = {
    -100: 0.002,
    -60: 0.017,
    -40: 0.055,
    -30: 0.100,
    -20: 0.181,
    -10: 0.330,
    -1: 0.565,
    1: -0.592,
    10: -0.453,
    20: -0.337,
    30: -0.250,
    40: -0.186,
    60: -0.103,
    100: -0.031,
}


def test_the_stdp_curve_of_the_examples(tmp_path: Path) -> None:
    script = Path(ROOT) / "PyNNExamples/examples/stdp_curve.py"
    if not ROOT or not script.exists():
        pytest.skip("SPINNLAB_UPSTREAM names no folder with PyNNExamples")
    output = harness.run(
        str(HELPERS / "curve.py"), str(script), folder=tmp_path, time_out_s=TIME_OUT_S
    )
    said = re.search(r"^curve: (.*)$", output, re.MULTILINE)
    assert said, output[-3000:]
    curve = dict(zip(*json.loads(said.group(1)), strict=True))
    assert list(curve) == list(CURVE)
    for distance, change in curve.items():
        # A synapse that has grown lets its post neuron fire a step earlier.
        assert abs(change - CURVE[distance]) <= (0.03 if distance == -10 else 0.02), curve
