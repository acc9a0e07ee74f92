# SPDX-License-Identifier: Apache-2.0
"""The wheel in an empty environment: native scripts, then the original's kernel from PyPI.

Takes minutes and the network; runs with `SPINNLAB_SLOW=1` (`make install-test`).
"""

from __future__ import annotations

import os
import subprocess
import sys
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


def test_wheel_runs_natively_and_adds_the_original(tmp_path: Path) -> None:
    made = subprocess.run(["make", "wheel"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]
    wheel = max((ROOT / "dist").glob("spinnlab-*manylinux*.whl"), key=lambda p: p.stat().st_mtime)
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    commands = environment / "bin"
    script = tmp_path / "first_script.py"
    script.write_text((ROOT / "examples" / "first_script.py").read_text())
    run([str(commands / "pip"), "install", "--quiet", str(wheel)], tmp_path, tmp_path)
    spinnlab = str(commands / "spinnlab")
    assert "spikes (ms): 7.0" in run([spinnlab, "run", script.name], tmp_path, tmp_path)
    assert "spinnlab kernel add 7.4.1" in run([spinnlab, "kernel", "list"], tmp_path, tmp_path)
    run([spinnlab, "kernel", "add", "7.4.1"], tmp_path, tmp_path)
    assert "agree, compared bit for bit" in run(
        [spinnlab, "verify", script.name], tmp_path, tmp_path
    )
    # A second time there is nothing to do.
    assert "Making" not in run([spinnlab, "kernel", "add", "7.4.1"], tmp_path, tmp_path)
