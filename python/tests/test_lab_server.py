# SPDX-License-Identifier: Apache-2.0
"""JupyterLab starts without asking Node.js for anything, and its pages ask nothing of that kind."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from spinnlab.commands.lab import PAGES, settle_pages

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jupyterlab") is None, reason="no JupyterLab beside this Python"
)


def asked(tmp_path: Path, code: str) -> bool:
    """Whether `code` starts a program node that stands first on PATH."""
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\ntouch '{tmp_path}/asked'\n")
    node.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([sys.executable, "-c", code], env=os.environ | {"PATH": path}, check=True)
    return (tmp_path / "asked").exists()


def test_our_server_does_not_ask_node(tmp_path: Path) -> None:
    code = "from spinnlab import lab_server; assert lab_server.load().LabApp"
    assert not asked(tmp_path, code)


def test_jupyterlab_by_itself_does(tmp_path: Path) -> None:
    """Else lab_server would be good for nothing any more."""
    assert asked(tmp_path, "import jupyterlab.labapp")


def test_jupyterlabs_search_for_programs_is_put_back(tmp_path: Path) -> None:
    code = (
        "from jupyterlab import commands; before = commands.which\n"
        "from spinnlab import lab_server; lab_server.load()\n"
        "assert commands.which is before"
    )
    assert not asked(tmp_path, code)


def test_what_somebody_wrote_for_all_pages_stays(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "jupyter" / "labconfig" / "page_config.json"
    settle_pages(tmp_path)
    assert json.loads(file.read_text()) == PAGES
    mine = {"disabledExtensions": {"mine": True}, "other": 1}
    file.write_text(json.dumps(mine))
    settle_pages(tmp_path)
    assert json.loads(file.read_text()) == PAGES | mine
    file.write_text("{ not yet")
    settle_pages(tmp_path)
    assert file.read_text() == "{ not yet"
