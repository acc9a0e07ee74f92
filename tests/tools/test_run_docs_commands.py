# SPDX-License-Identifier: Apache-2.0
"""The tool that runs the documents' commands: it must fail when a page is wrong."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "run_docs_commands.py"


def run(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The tool on one page."""
    command = [sys.executable, str(TOOL), *options, str(page)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def write(folder: Path, *blocks: tuple[str, str]) -> Path:
    """A page of fenced blocks, each (info, body)."""
    page = folder / "page.md"
    page.write_text("".join(f"text\n```{info}\n{body}\n```\n" for info, body in blocks))
    return page


def test_blocks_share_one_shell_and_output_is_compared(tmp_path: Path) -> None:
    page = write(
        tmp_path,
        ("sh run", "name=spike"),
        ("sh run", "echo $name at $((3 + 4)) ms >&2; echo done"),
        ("text output", "spike at ... ms\ndone"),
    )
    assert run(page).returncode == 0


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        ([("sh run", "false")], "exit code 1"),
        ([("sh run", "cd /nowhere | true")], "exit code 1"),
        ([("sh run", "echo 7"), ("text output", "8")], "but the page shows"),
        ([("sh run", "echo 7"), ("text output", "7 ms")], "but the page shows"),
        ([("sh", "echo 7")], "mark the block"),
        ([("bash run", "echo 7")], "mark the block"),
        ([("text output", "7")], "output of no block"),
    ],
)
def test_a_wrong_page_fails_and_says_why(
    tmp_path: Path, blocks: list[tuple[str, str]], said: str
) -> None:
    result = run(write(tmp_path, *blocks))
    assert result.returncode == 1
    assert said in result.stderr


def test_a_block_that_does_not_end_fails(tmp_path: Path) -> None:
    began = time.monotonic()
    result = run(write(tmp_path, ("sh run", "sleep 50")), "--limit", "1")
    assert result.returncode == 1
    assert "not finished after 1 s" in result.stderr
    assert time.monotonic() - began < 20


def test_background_jobs_end_with_the_page(tmp_path: Path) -> None:
    page = write(tmp_path, ("sh run", f"sleep 600 & echo $! >{tmp_path}/pid"))
    assert run(page).returncode == 0
    pid = int((tmp_path / "pid").read_text())
    status = Path("/proc", str(pid), "stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"


def test_checking_runs_nothing_and_elsewhere_is_left_alone(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    page = write(tmp_path, ("sh run", f"touch {marker}"), ("sh elsewhere=ci", f"touch {marker}"))
    assert run(page, "--check").returncode == 0
    assert not marker.exists()
