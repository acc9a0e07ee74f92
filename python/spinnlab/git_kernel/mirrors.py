# SPDX-License-Identifier: Apache-2.0
"""The bare mirror of our own repository, made at installation: clones need no network.

`python -m spinnlab.git_kernel.mirrors` makes or refreshes it from the source tree; `make deps`
calls it. It holds what is committed there.
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.git_kernel import git
from spinnlab.programs import environments_folder, source_tree

#: Name of our own repository, of its mirror and of its clone.
OWN = "SpiNNLab"
#: Name of the branch of a tree that is on none.
CHECKOUT = "checkout"


def folder() -> Path:
    """Where mirrors are; `$SPINNLAB_MIRRORS` overrides."""
    chosen = os.environ.get("SPINNLAB_MIRRORS")
    return Path(chosen) if chosen else environments_folder() / "mirrors"


def place(name: str) -> Path:
    return (folder() / f"{name}.git").absolute()


def find(name: str) -> Path | None:
    """The mirror of that name, if it is there."""
    mirror = place(name)
    return mirror if (mirror / "HEAD").is_file() else None


def refresh(tree: Path, mirror: Path) -> None:
    """Makes the bare repository `mirror` hold the branches and tags of `tree`, and its HEAD.

    Raises GitError where `tree` is no repository or git fails.
    """
    mirror.parent.mkdir(parents=True, exist_ok=True)
    with mirror.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (mirror / "HEAD").is_file():
            git.run("init", "--quiet", "--bare", str(mirror))
        on_branch = git.run("symbolic-ref", "--quiet", "--short", "HEAD", at=tree, check=False)
        branch = on_branch.stdout.strip() if on_branch.returncode == 0 else CHECKOUT
        wanted = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
        if on_branch.returncode != 0:
            wanted.append(f"+HEAD:refs/heads/{CHECKOUT}")
        # A tree may be a shallow clone, as CI makes them.
        fetch = ["fetch", "--quiet", "--prune", "--update-shallow"]
        program = git.serving_program(str(tree))
        git.run(*fetch, *(("--upload-pack", program) if program else ()), f"file://{tree}", *wanted,
                at=mirror)  # fmt: skip
        git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}", at=mirror)


def main() -> int:
    """Refreshes our own mirror; an unpacked archive has no repository, which is said."""
    tree = source_tree()
    if tree is None or not (tree / ".git").exists():
        print(
            f"No repository here: the kernel sPyNNakerGit has nothing to clone {OWN} from until "
            "git-kernel.toml names one (docs/howto/use-spynnakergit.md).",
            file=sys.stderr,
        )
        return 0
    try:
        refresh(tree, place(OWN))
    except SpinnlabError as error:
        print(f"The mirror {place(OWN)} could not be made.\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
