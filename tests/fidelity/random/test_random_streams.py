# SPDX-License-Identifier: Apache-2.0
"""With rng="spinnaker" random networks agree with the original in every bit."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CAPTURE = ("-m", "spinnlab.verify.capture")


def captured(out: Path, script: Path, *, original: bool) -> tuple[dict[str, Any], Any]:
    """What a script recorded: its description, and the arrays."""
    environment = ROOT / ".envs" / ("original-7.4.1" if original else "spynnaker")
    start = [str(environment / "bin" / "python")]
    if original:
        start += ["-m", "spinnlab_original.run"]
    programs = os.environ.get("SPINNLAB_BIN", str(ROOT / "build" / "release" / "bin"))
    done = subprocess.run(
        [*start, *CAPTURE, str(out), str(script)],
        cwd=out.parent,
        env=os.environ | {"SPINNLAB_BIN": programs, "SPINNLAB_ORIGINAL_BARE": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    arrays = np.load(out)
    return json.loads(str(arrays["description"])), arrays


def differences(native: Any, original: Any) -> tuple[int, list[str]]:
    """How many arrays were compared, and which of them differ."""
    (here, mine), (there, theirs) = native, original
    compared, wrong = 0, []
    for a, b in zip(here["populations"], there["populations"], strict=True):
        for one, two in zip(a["data"], b["data"], strict=True):
            compared += 1
            if not np.array_equal(mine[one["array"]], theirs[two["array"]]):
                wrong.append(f"{a['label']}, {one['variable']}")
    for a, b in zip(here["projections"], there["projections"], strict=True):
        one, two = mine[a["array"]], theirs[b["array"]]
        # Of views PyNN counts neurons from the view's first, the original from the population's.
        columns = slice(2, 4) if a["label"].startswith("view") else slice(0, 4)
        compared += 1
        if not np.array_equal(one[:, columns], two[:, columns]):
            wrong.append(f"synapses of {a['label']}")
    return compared, wrong


@pytest.mark.original
@pytest.mark.parametrize(("script", "arrays"), [("connectors", 61), ("poisson", 9)])
def test_native_and_original_draw_the_same(script: str, arrays: int, tmp_path: Path) -> None:
    path = HERE / f"{script}.py"
    native = captured(tmp_path / "native.npz", path, original=False)
    original = captured(tmp_path / "original.npz", path, original=True)
    compared, wrong = differences(native, original)
    assert compared == arrays
    assert not wrong
