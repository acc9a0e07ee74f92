# SPDX-License-Identifier: Apache-2.0
"""The checks on texts find what they are for, in a repository made for the purpose."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "check_texts.py"
TAG = "# SPDX-License-Identifier: Apache-2.0\n"


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tool, looking at an empty repository in `tmp_path`."""
    spec = importlib.util.spec_from_file_location("check_texts", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.py", "x = 1\n", "SPDX"),
        ("a.py", TAG + "x = 1 \n", "blanks"),
        ("a.py", TAG + "if x:\n\ty()\n", "tab"),
        ("a.py", TAG + "x = 1", "newline"),
        ("a.py", TAG + "x = '/" + "home/alice/spinnlab'\n", "one machine only"),
        ("a.md", "See [b](b.md).\n", "leads nowhere"),
    ],
)
def test_finds(tool: ModuleType, tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    findings = [what for _, what in tool.check_file(Path(name))]
    assert len(findings) == 1
    assert said in findings[0]
    assert tool.main() == 1


def test_passes_what_is_right(tool: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(TAG + "x = 1\n")
    (tmp_path / "b.md").write_text("```text\n[no link](nowhere)\n```\n")
    (tmp_path / "a.md").write_text("See [b](b.md#part), [the web](https://example.org/x).\n")
    assert tool.main() == 0
