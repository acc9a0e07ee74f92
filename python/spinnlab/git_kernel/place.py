# SPDX-License-Identifier: Apache-2.0
"""What is where in `~/sPyNNakerGit`, and what it was made from (its file `.spinnlab-git.json`)."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.git_kernel import git
from spinnlab.git_kernel.mirrors import OWN
from spinnlab.git_kernel.sources import Source
from spinnlab.programs import GIT_DESCRIPTION

FOLDER = "sPyNNakerGit"


class NoGitKernelError(SpinnlabError):
    """There is no sPyNNakerGit (yet)."""


@dataclass(frozen=True)
class Place:
    """A sPyNNakerGit. `complete` is false while it is being made."""

    folder: Path
    sources: tuple[Source, ...]
    #: For terminal, kernel and make: names and values.
    variables: dict[str, str]
    #: Folders before those of PATH, behind `bin`.
    path: tuple[str, ...]
    complete: bool
    #: What made it, and runs `support`: an interpreter and the folder with the package spinnlab.
    release_python: str
    release_packages: str

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def engine_tree(self) -> Path:
        """The clone whose C++ sources are the engine's."""
        return self.folder / OWN

    def clone(self, source: Source) -> Path:
        return self.folder / source.name

    def search_path(self) -> tuple[Path, ...]:
        """Folders with Python sources of the clones."""
        return tuple(self.clone(source) / path for source in self.sources for path in source.python)

    def environment(self) -> dict[str, str]:
        """Variables of a process in this environment, on top of this process's own."""
        first = os.pathsep.join([str(self.folder / "bin"), *self.path])
        path = os.environ.get("PATH", os.defpath)
        return {**self.variables, "PATH": f"{first}{os.pathsep}{path}",
                "VIRTUAL_ENV": str(self.folder)}  # fmt: skip

    def clones(self) -> list[Path]:
        """Every git clone in the folder, the configured ones first, those the user added behind."""
        configured = [self.clone(source) for source in self.sources]
        added = sorted(
            path for path in self.folder.iterdir()
            if path not in configured and not path.is_symlink() and not path.name.startswith(".")
        )  # fmt: skip
        return [path for path in (*configured, *added) if (path / ".git").exists()]

    def write(self) -> None:
        told = asdict(self)
        del told["folder"]
        file = self.folder / GIT_DESCRIPTION
        new = file.with_suffix(".new")
        new.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        new.replace(file)


def default_folder(home: Path | None = None) -> Path:
    return (home or Path.home()) / FOLDER


def read(folder: Path) -> Place:
    """Raises NoGitKernelError where `folder` is none of ours."""
    try:
        told = json.loads((folder / GIT_DESCRIPTION).read_text(encoding="utf-8"))
        sources = tuple(
            Source(s["name"], s["url"], s["branch"], tuple(s["python"]), tuple(s["make"]))
            for s in told["sources"]
        )
        told |= {"folder": folder, "sources": sources, "path": tuple(told["path"])}
        return Place(**told)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoGitKernelError(
            f"There is no sPyNNakerGit in {folder} ({type(error).__name__}).\n"
            "'spinnlab git-kernel create' makes it."
        ) from error


def operation_under_way(clone: Path) -> str | None:
    """merge, rebase, cherry-pick or revert that was begun in a clone and not concluded."""
    for name, what in (
        ("MERGE_HEAD", "merge"), ("rebase-merge", "rebase"), ("rebase-apply", "rebase"),
        ("CHERRY_PICK_HEAD", "cherry-pick"), ("REVERT_HEAD", "revert"),
    ):  # fmt: skip
        if (clone / git.output("rev-parse", "--git-path", name, at=clone)).exists():
            return what
    return None
