# SPDX-License-Identifier: Apache-2.0
"""The fingerprint of the engine's sources: the same in the build and in Python."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from spinnlab import engine_sources

from .conftest import ROOT

SCRIPT = ROOT / "src" / "spinnlab" / "bindings" / "fingerprint.cmake"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The engine's sources alone."""
    copy = tmp_path / "a tree"
    for name in ("cmake", "src"):
        shutil.copytree(ROOT / name, copy / name)
    shutil.copy(ROOT / "CMakeLists.txt", copy)
    return copy


def by_the_build(tree: Path, header: Path) -> str | None:
    subprocess.run(["cmake", f"-DROOT={tree}", f"-DHEADER={header}", "-P", str(SCRIPT)], check=True)
    return engine_sources.built_from(header)


@pytest.mark.skipif(shutil.which("cmake") is None, reason="no cmake")
def test_build_and_python_agree(tree: Path, tmp_path: Path) -> None:
    header = tmp_path / "sources.hpp"
    before = engine_sources.fingerprint(tree)
    assert before is not None
    assert by_the_build(tree, header) == before
    (tree / "src/spinnlab/engine/added.hpp").write_text("// added\n")
    after = engine_sources.fingerprint(tree)
    assert after != before
    assert by_the_build(tree, header) == after


def test_only_what_is_compiled_counts(tree: Path) -> None:
    before = engine_sources.fingerprint(tree)
    for name in ("engine/README.md", "engine/new_test.cpp", "emulator/new.cpp"):
        (tree / "src" / "spinnlab" / name).write_text("not of the engine\n")
    assert engine_sources.fingerprint(tree) == before
    (tree / "cmake" / "warnings.cmake").unlink()
    assert engine_sources.fingerprint(tree) != before


def test_what_says_nothing_is_none(tmp_path: Path) -> None:
    assert engine_sources.fingerprint(tmp_path) is None
    module = tmp_path / "module.so"
    module.write_bytes(b"\x7fELF of an older build")
    assert engine_sources.built_from(module) is None
