# SPDX-License-Identifier: Apache-2.0
"""The coverage figures: from gcov's real answers about a small library made for the purpose."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "coverage.py"


@pytest.fixture
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("coverage_tool", TOOL)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_line_has_run_when_one_object_ran_it(tool: ModuleType, tmp_path: Path) -> None:
    library = tmp_path / "src" / "spinnlab" / "base"
    library.mkdir(parents=True)
    (library / "twice.hpp").write_text("inline int twice(int x) {\n    return 2 * x;\n}\n")
    (library / "never.cpp").write_text(
        '#include "twice.hpp"\nint never(int x) {\n    return twice(x);\n}\n'
    )
    (library / "base_test.cpp").write_text(
        '#include "twice.hpp"\nint main() {\n    return twice(1) - 2;\n}\n'
    )
    for name in ("never", "base_test"):
        subprocess.run(
            ["g++", "--coverage", "-c", f"{library}/{name}.cpp", "-o", f"{name}.o"],
            cwd=tmp_path,
            check=True,
        )
    subprocess.run(
        ["g++", "--coverage", "never.o", "base_test.o", "-o", "program"], cwd=tmp_path, check=True
    )
    subprocess.run(["./program"], cwd=tmp_path, check=True)

    files = tool.merge(map(tool.ask_gcov, sorted(tmp_path.glob("*.gcno"))), tmp_path)
    base = Path("src/spinnlab/base")
    assert files == {
        base / "twice.hpp": {1: True, 2: True},
        base / "never.cpp": {2: False, 3: False},
    }
    table = tool.by_library(files)
    assert table[1].split() == ["base", "4", "2", "50.0", "%"]
    assert table[-1].split() == ["all", "libraries", "4", "2", "50.0", "%"]
    assert tool.by_file(files)[0].split()[0] == "base/never.cpp"


@pytest.mark.parametrize(
    ("file", "ours"),
    [
        ("src/spinnlab/wire/sdp.cpp", True),
        ("src/spinnlab/wire/sdp_test.cpp", False),
        ("src/spinnlab/neurons/testing/population.cpp", False),
        ("apps/spallocd/main.cpp", False),
    ],
)
def test_tests_and_programs_are_left_out(tool: ModuleType, file: str, ours: bool) -> None:
    assert tool.is_ours(Path(file)) == ours
