# SPDX-License-Identifier: Apache-2.0
"""`support/gitupdate.sh [BRANCH] [ALL]`: clones follow the main branch of their sources.

Each clone is fetched, switched to its main branch and merged with it; with BRANCH, clones that have
it are switched to it then, and merged; with ALL, every local branch is brought up to date
(all_branches.py). Nothing of the user's is lost: git itself refuses to overwrite what is not
committed, a merge that ends in a conflict is taken back, and commits that no branch has keep a
clone where it is.
"""

from __future__ import annotations

from pathlib import Path

from spinnlab.git_kernel import all_branches, git
from spinnlab.git_kernel.merging import (
    Say,
    UpdateError,
    current_branch,
    exists,
    indented,
    merge,
    switch,
)
from spinnlab.git_kernel.place import Place, operation_under_way
from spinnlab.git_kernel.sources import RESERVED


def update(place: Place, branch: str | None, say: Say, *, every: bool = False) -> None:
    """Updates every clone in `place`; with `branch`, clones that have it end on it.

    `every`: local branches, too. A clone whose source cannot be reached, or that cannot leave where
    it is, is said and passed over, and the others are updated; then, and at once for a conflict,
    UpdateError is raised.
    """
    clones = place.clones()
    for other in sorted(place.folder.iterdir()):
        if other.is_dir() and _is_strange(other, place):
            say(f"{other.name}: not a git clone, passed over")
    unreached = [clone for clone in clones if not _fetch(clone, say)]
    if branch is not None and not any(_has(clone, branch) for clone in clones):
        raise UpdateError(
            f"No clone has a branch {branch!r}: nothing was changed.\n"
            f"'git branch --all' in {', '.join(clone.name for clone in clones)} lists them."
        )
    failed = {clone.name for clone in unreached}
    for clone in clones:
        main = main_branch(clone, place)
        done = main is not None and _update_main(clone, main, say)
        if main is None:
            say(f"{clone.name}: its source has neither main nor master, left as it is")
        if done and main is not None and every:
            done = clone not in unreached and all_branches.update(clone, main, branch, say)
        if done and branch is not None and branch != main and _has(clone, branch):
            switch(clone, branch)
            upstream = _upstream(clone)
            if upstream is not None:
                merge(clone, upstream, say)
            else:
                say(f"{clone.name}: {branch}, which tracks nothing")
        if not done:
            failed.add(clone.name)
    if failed:
        raise UpdateError(f"Not updated: {', '.join(sorted(failed))}. The reason stands above.")


def _is_strange(folder: Path, place: Place) -> bool:
    hidden = folder.name.startswith(".") or folder.name in RESERVED
    return not hidden and folder not in place.clones()


def _fetch(clone: Path, say: Say) -> bool:
    done = git.run("fetch", "--quiet", "--tags", "origin", at=clone, check=False)
    if done.returncode != 0:
        say(f"{clone.name}: the source cannot be reached.\n{indented(done.stderr)}")
    return done.returncode == 0


def _has(clone: Path, branch: str) -> bool:
    return any(
        exists(clone, f"{where}/{branch}") for where in ("refs/heads", "refs/remotes/origin")
    )


def main_branch(clone: Path, place: Place) -> str | None:
    """The branch that a clone follows: the configured one, main or master, else the source's HEAD.

    Where the source has main and master, its HEAD decides.
    """
    head = git.run("symbolic-ref", "--short", "--quiet", "refs/remotes/origin/HEAD", at=clone,
                   check=False).stdout.strip().removeprefix("origin/")  # fmt: skip
    configured = [source.branch for source in place.sources if place.clone(source) == clone]
    usual = sorted(("main", "master"), key=lambda name: name != head)
    for name in (*configured, *usual, head):
        if name and exists(clone, f"refs/remotes/origin/{name}"):
            return name
    return None


def _update_main(clone: Path, main: str, say: Say) -> bool:
    """False, and said, where the clone has to stay where it is. Raises UpdateError."""
    under_way = operation_under_way(clone)
    if under_way:
        raise UpdateError(
            f"{clone.name}: a {under_way} was begun in {clone} and not concluded.\n"
            f"Conclude it ('git status' there says how), then run gitupdate.sh again."
        )
    before = current_branch(clone)
    if before is None and not _is_on_a_branch_anyway(clone):
        say(
            f"{clone.name}: on no branch, with commits that no branch has; left as it is. In "
            f"{clone}: 'git switch --create NAME' keeps them"
        )
        return False
    if before != main:
        switch(clone, main)
        back = f"git switch {before}" if before else f"git checkout {commit_before(clone)}"
        say(f"{clone.name}: was {f'on {before}' if before else 'on no branch'}; back: {back}")
    merge(clone, f"origin/{main}", say)
    return True


def commit_before(clone: Path) -> str:
    """The commit that was checked out before the last switch."""
    return git.output("rev-parse", "--short=10", "HEAD@{1}", at=clone)


def _is_on_a_branch_anyway(clone: Path) -> bool:
    """Whether a branch or tag leads to the commit that is checked out, so that it is not lost."""
    return bool(git.output("for-each-ref", "--count=1", "--contains=HEAD", at=clone))


def _upstream(clone: Path) -> str | None:
    tracked = git.run("rev-parse", "--abbrev-ref", "@{upstream}", at=clone, check=False)
    return tracked.stdout.strip() if tracked.returncode == 0 else None
