# SPDX-License-Identifier: Apache-2.0
"""Course material for everybody, from a folder or a git repository; a person's own edits are kept.

What a person changed stays, and the new version is put beside it (`spinnlab.notebooks`); what
nobody changed follows, so that a notebook and the files it reads are of one version.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from spinnlab import notebooks
from spinnlab.errors import SpinnlabError

RECORD = ".course.json"
LONGEST_S = 120


class CourseError(SpinnlabError):
    """The material could not be had; the text has git's own words."""


def _is_repository(source: str) -> bool:
    path = Path(source)
    if path.is_dir():
        return (path / ".git").exists() or (
            (path / "objects").is_dir() and (path / "HEAD").exists()
        )
    return True


def _clone(source: str, branch: str | None, target: Path) -> None:
    command = ["git", "clone", "--quiet", "--depth", "1"]
    if branch:
        command += ["--branch", branch]
    try:
        result = subprocess.run(
            [*command, "--", source, str(target)],
            capture_output=True, text=True, check=False, timeout=LONGEST_S,
        )  # fmt: skip
    except FileNotFoundError:
        raise CourseError("git is not installed; apt-get install git") from None
    except subprocess.TimeoutExpired:
        raise CourseError(f"{source} did not answer within {LONGEST_S} s") from None
    if result.returncode != 0:
        raise CourseError(f"git clone {source}: {result.stderr.strip()}")


def refresh(source: str, folder: Path, branch: str | None = None) -> list[Path]:
    """Brings `folder` up to date with the course; gives what was written. Raises CourseError."""
    if not _is_repository(source):
        return notebooks.refresh(Path(source), folder, "*", RECORD, follow=True)
    with tempfile.TemporaryDirectory() as scratch:
        clone = Path(scratch) / "course"
        _clone(source, branch, clone)
        return notebooks.refresh(clone, folder, "*", RECORD, follow=True)
