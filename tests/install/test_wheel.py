# SPDX-License-Identifier: Apache-2.0
"""The wheel in an empty environment: native scripts, then the original's kernel from PyPI.

Takes minutes and the network; runs with `SPINNLAB_SLOW=1` (`make install-test`).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.skipif("SPINNLAB_SLOW" not in os.environ, reason="SPINNLAB_SLOW is not set"),
    pytest.mark.timeout(1500),
]


def run(words: list[str], folder: Path, home: Path) -> str:
    """Output of a command that sees no compiler, no source tree and a home of its own."""
    tools = home / "no-compiler"
    tools.mkdir(exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_", "REQUESTS_"))}
    done = subprocess.run(
        words,
        cwd=folder,
        env=kept | {"HOME": str(home), "PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def synfire_script() -> str:
    """The cells of the synfire notebook that need no matplotlib."""
    notebook = json.loads((ROOT / "examples" / "SynfireExample.ipynb").read_text())
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    assert cells.pop().rstrip().endswith("plt.show()")
    return "\n".join(cells).replace("import matplotlib.pyplot as plt\n", "")


def test_wheel_runs_natively_and_adds_the_original(tmp_path: Path) -> None:
    made = subprocess.run(["make", "wheel"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]
    wheel = max((ROOT / "dist").glob("spinnlab-*manylinux*.whl"), key=lambda p: p.stat().st_mtime)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {"spinnlab/bin/spallocd", "spinnlab/bin/spinnlab-machine"} <= set(names)
    extension = r"spinnlab-.*/data/share/jupyter/labextensions/@spinnlab/notebook/"
    assert [name for name in names if re.fullmatch(extension + r"static/remoteEntry\..*", name)]
    assert [name for name in names if re.fullmatch(r"spinnlab/_core\.[^/]*\.so", name)]
    assert not [name for name in names if name.endswith((".cpp", ".hpp", ".pyc"))]

    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    commands = environment / "bin"
    script = tmp_path / "first_script.py"
    script.write_text((ROOT / "examples" / "first_script.py").read_text())
    (tmp_path / "synfire.py").write_text(synfire_script())
    run([str(commands / "pip"), "install", "--quiet", str(wheel)], tmp_path, tmp_path)
    spinnlab = str(commands / "spinnlab")
    said = run([spinnlab, "run", "synfire.py"], tmp_path, tmp_path)
    assert "4,400 spikes" in said
    assert "population 0 fires at 7, 237, 467, 697, 927 ms" in said
    assert "population 1 fires at 30, 260, 490, 720, 950 ms" in said
    assert "spikes (ms): 7.0" in run([spinnlab, "run", script.name], tmp_path, tmp_path)
    assert "spinnlab kernel add 7.4.1" in run([spinnlab, "kernel", "list"], tmp_path, tmp_path)
    run([spinnlab, "kernel", "add", "7.4.1"], tmp_path, tmp_path)
    assert "agree, compared bit for bit" in run(
        [spinnlab, "verify", script.name], tmp_path, tmp_path
    )
    # A second time there is nothing to do.
    assert "Making" not in run([spinnlab, "kernel", "add", "7.4.1"], tmp_path, tmp_path)
