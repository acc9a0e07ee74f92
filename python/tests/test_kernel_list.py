# SPDX-License-Identifier: Apache-2.0
"""The order of kernels in menus."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("jupyter_client", reason="JupyterLab's environment has it")

from jupyter_client.kernelspec import KernelSpecManager
from spinnlab.kernel_list import KernelList

from spinnlab import kernels


def test_ours_come_first_the_newest_release_on_top(tmp_path: Path) -> None:
    names = [
        "python3",
        "spynnakergit",
        "spynnaker_7.10.0",
        "octave",
        "spynnaker",
        "spynnaker_7.4.1",
    ]
    for name in [*names, "spynnaker-mine"]:
        folder = tmp_path / name
        folder.mkdir()
        specification = {"argv": ["python"], "display_name": name, "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(specification))
    kernels = KernelList(kernel_dirs=[str(tmp_path)])
    wanted = ["spynnaker", "spynnaker_7.10.0", "spynnaker_7.4.1", "spynnakergit"]
    others = ["octave", "python3", "spynnaker-mine"]
    assert list(kernels.get_all_specs()) == wanted + others
    assert list(kernels.find_kernel_specs()) == wanted + others


def test_the_users_own_are_listed_where_a_server_passes_over_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    specification = {"argv": ["python"], "display_name": "sPyNNakerGit", "language": "python"}
    kernels.register_for_user("spynnakergit", specification)
    assert "spynnakergit" in KernelList().find_kernel_specs()
    assert "spynnakergit" not in KernelSpecManager().find_kernel_specs()
