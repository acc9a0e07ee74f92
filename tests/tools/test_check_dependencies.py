# SPDX-License-Identifier: Apache-2.0
"""The dependency check fails when it should."""

from __future__ import annotations

import importlib.util
from pathlib import Path

TOOL = Path(__file__).parents[2] / "tools" / "check_dependencies.py"
spec = importlib.util.spec_from_file_location("check_dependencies", TOOL)
assert spec and spec.loader
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)


def library(sources: Path, name: str, uses: str, include: str) -> None:
    folder = sources / name
    folder.mkdir(parents=True)
    (folder / "CMakeLists.txt").write_text(
        f"spinnlab_library({name}\n SOURCES a.cpp\n USES {uses})\n"
    )
    (folder / "a.cpp").write_text(f'#include "spinnlab/{include}/x.hpp"\n')


def test_this_repository_keeps_its_order() -> None:
    assert tool.violations() == []


def test_an_undeclared_include_is_found(tmp_path: Path) -> None:
    library(tmp_path, "wire", "base fmt::fmt", "machine")
    assert tool.violations(tmp_path) == ["wire/a.cpp: includes machine, which wire does not use"]


def test_using_upwards_is_found(tmp_path: Path) -> None:
    library(tmp_path, "wire", "emulator", "emulator")
    assert tool.violations(tmp_path) == [
        "wire/CMakeLists.txt: uses emulator, which does not stand below it"
    ]
