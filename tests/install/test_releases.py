# SPDX-License-Identifier: Apache-2.0
"""Another release of the published sPyNNaker from PyPI: added, used in a notebook, removed.

Takes minutes and the network; runs with `SPINNLAB_SLOW=1` (`make install-test`).
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from spinnlab.commands import kernel

from spinnlab import original_environments, programs, releases

ROOT = Path(__file__).resolve().parents[2]
RELEASE = "7.3.0"

pytestmark = [
    pytest.mark.skipif("SPINNLAB_SLOW" not in os.environ, reason="SPINNLAB_SLOW is not set"),
    pytest.mark.skipif(importlib.util.find_spec("nbclient") is None, reason="no nbclient"),
    pytest.mark.timeout(1500),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of environments; what is registered goes beside it."""
    asked = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    found = subprocess.run(
        [*asked, "--dest", str(tmp_path / "asked"), f"spalloc==1!{RELEASE}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if found.returncode != 0:
        pytest.skip(f"PyPI cannot be reached: {found.stderr.strip()[-200:]}")
    monkeypatch.setattr(programs, "environments_folder", lambda: tmp_path / "envs")
    monkeypatch.setattr(kernel, "server_prefixes", lambda: [tmp_path / "server"])
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "server" / "share" / "jupyter"))
    return tmp_path


def run_notebook(folder: Path, name: str) -> str:
    """What the prepared notebook and two cells more print in that kernel."""
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(ROOT / "examples" / "SynfireExample.ipynb", as_version=4)
    for source in ("print('release', sim.__version__)", "!pip --version"):
        book.cells.append(nbformat.v4.new_code_cell(source))
    NotebookClient(
        book, kernel_name=name, timeout=300, resources={"metadata": {"path": str(folder)}}
    ).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text", "") for output in outputs)


@pytest.mark.parametrize("shipped", [True, False], ids=["as-shipped", "as-resolved"])
def test_a_release_is_added_used_and_removed(
    folder: Path, shipped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shipped:
        lock = original_environments.lock_file
        own = folder / "envs" / f"requirements-original-{RELEASE}.txt"
        monkeypatch.setattr(
            original_environments, "lock_file", lambda one: own if one == RELEASE else lock(one)
        )
    asked = argparse.Namespace(release=RELEASE)
    assert kernel.add(asked) == 0
    assert releases.installed() == [RELEASE]
    said = run_notebook(folder, f"spynnaker_{RELEASE}")
    assert "4,400 spikes" in said
    assert "population 0 fires at 7, 237, 467, 697, 927 ms" in said
    assert f"release 1!{RELEASE}" in said
    assert str(folder / "envs" / f"original-{RELEASE}") in said
    assert "not in sPyNNaker" not in said
    assert kernel.remove(asked) == 0
    assert releases.installed() == []
    assert list((folder / "envs").iterdir()) == []
    assert list((folder / "server").rglob("kernel.json")) == []


def test_a_release_that_cannot_work_says_which_do(folder: Path) -> None:
    with pytest.raises(original_environments.ReleaseError) as refused:
        kernel.add(argparse.Namespace(release="6.0.0"))
    assert "7.3.0" in str(refused.value)
    assert "6.0.0" in str(refused.value)
    assert not (folder / "envs" / "original-6.0.0").exists()
