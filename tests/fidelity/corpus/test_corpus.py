# SPDX-License-Identifier: Apache-2.0
"""The generated networks agree with the original's binaries in every bit.

Two groups of them run with the other tests; `SPINNLAB_SLOW=1` (`make verify`) runs all 200.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
spec = importlib.util.spec_from_file_location("generate", HERE / "generate.py")
assert spec and spec.loader
generate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generate)

#: Networks in one run of the original.
GROUP = 20
#: First network and number of them: all models, long delays, two cores.
QUICK = [(0, 5), (9, 5)]
GROUPS = (
    [(first, GROUP) for first in range(0, 200, GROUP)] if "SPINNLAB_SLOW" in os.environ else QUICK
)


@pytest.mark.original
@pytest.mark.parametrize(("first", "count"), GROUPS)
def test_native_and_original_agree(first: int, count: int, tmp_path: Path) -> None:
    script = tmp_path / f"corpus_{first}.py"
    script.write_text(generate.script(first, count))
    programs = os.environ.get("SPINNLAB_BIN", str(ROOT / "build" / "release" / "bin"))
    done = subprocess.run(
        [str(ROOT / ".venv/bin/spinnlab"), "verify", script.name],
        cwd=tmp_path,
        env=os.environ | {"SPINNLAB_BIN": programs},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "agree, compared bit for bit" in done.stdout
    compared = sum(
        int(line.split(": ")[1].split()[0].replace(",", ""))
        for line in done.stdout.splitlines()
        if line.startswith("equal")
    )
    assert compared > 1000 * count
