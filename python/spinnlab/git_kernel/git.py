# SPDX-License-Identifier: Apache-2.0
"""Calls of git, with an error that carries what git said."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from spinnlab.errors import SpinnlabError


class GitError(SpinnlabError):
    """git could not do what was asked; the text has its words."""


def run(
    *words: str, at: Path | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Runs git in the folder `at`; its messages are in English and it never asks for a password.

    Raises GitError when git is missing or, with `check`, ends with another code than 0.
    """
    if shutil.which("git") is None:
        raise GitError("The program git is missing. On Debian: sudo apt-get install git")
    # A hook's or another repository's variables would lead git elsewhere.
    kept = {k: v for k, v in os.environ.items() if k not in ("GIT_DIR", "GIT_WORK_TREE")}
    done = subprocess.run(
        ["git", *words],
        cwd=at,
        env=kept | {"LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if check and done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise GitError(f"git {' '.join(words)} in {at or Path.cwd()}:\n{said}")
    return done


def output(*words: str, at: Path) -> str:
    """What git prints, without the last line's end. Raises GitError."""
    return run(*words, at=at).stdout.rstrip("\n")


def serving_program(url: str) -> str | None:
    """What fetches from `url` should run there; None: the usual program.

    A folder may belong to somebody else, as a lab's mirror belongs to root. git then refuses to
    read from it; that this one is meant stands in the configuration.
    """
    path = Path(url.removeprefix("file://"))
    if not path.is_absolute() or not path.exists() or path.stat().st_uid == os.geteuid():
        return None
    trusted = (f"safe.directory={place}" for place in (path, path / ".git"))
    return shlex.join(
        ["git", *(word for place in trusted for word in ("-c", place)), "upload-pack"]
    )


def clone(url: str, folder: Path, branch: str | None) -> None:
    """Clones into `folder`, which does not exist before and appears only complete.

    Raises GitError.
    """
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    program = serving_program(url)
    # By file:// git links no files of another user's, which the system may forbid.
    address = f"file://{url}" if program and url.startswith("/") else url
    words = (
        ["--upload-pack", program, "-c", f"remote.origin.uploadpack={program}"] if program else []
    )
    if branch is not None:
        words += ["--branch", branch]
    try:
        run("clone", "--quiet", *words, "--", address, str(unfinished))
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
