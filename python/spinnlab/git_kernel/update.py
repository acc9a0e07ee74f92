# SPDX-License-Identifier: Apache-2.0
"""`support/gitupdate.sh [BRANCH]`: fetches, and merges into each clone the branch that it tracks.

Nothing of the user's is lost: git itself refuses to overwrite what is not committed, a merge that
ends in a conflict is taken back, and no commit, branch or file is ever removed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.git_kernel import git
from spinnlab.git_kernel.place import Place, operation_under_way
from spinnlab.git_kernel.sources import RESERVED


class UpdateError(SpinnlabError):
    """A clone was not updated; the text begins with its name."""


class ConflictError(UpdateError):
    """The user's commits and the new ones change the same lines."""


def update(place: Place, branch: str | None, say: Callable[[str], None]) -> None:
    """Updates every clone in `place`; with `branch`, clones that have it switch to it.

    A clone whose source cannot be reached, or that is on no branch, is said and passed over, and
    the others are updated; then, and at once for a conflict, UpdateError is raised.
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
    left = [clone.name for clone in clones if not _update_one(clone, branch, say)]
    failed = sorted({clone.name for clone in unreached} | set(left))
    if failed:
        raise UpdateError(f"Not updated: {', '.join(failed)}. The reason stands above.")


def _is_strange(folder: Path, place: Place) -> bool:
    hidden = folder.name.startswith(".") or folder.name in RESERVED
    return not hidden and folder not in place.clones()


def _fetch(clone: Path, say: Callable[[str], None]) -> bool:
    done = git.run("fetch", "--quiet", "--tags", "origin", at=clone, check=False)
    if done.returncode != 0:
        say(f"{clone.name}: the source cannot be reached.\n{_indented(done.stderr)}")
    return done.returncode == 0


def _has(clone: Path, branch: str) -> bool:
    return any(
        git.run("show-ref", "--verify", "--quiet", f"{where}/{branch}", at=clone, check=False)
        .returncode == 0
        for where in ("refs/heads", "refs/remotes/origin")
    )  # fmt: skip


def _update_one(clone: Path, branch: str | None, say: Callable[[str], None]) -> bool:
    """False, and said, where there is nothing to merge with. Raises UpdateError."""
    under_way = operation_under_way(clone)
    if under_way:
        raise UpdateError(
            f"{clone.name}: a {under_way} was begun in {clone} and not concluded.\n"
            f"Conclude it ('git status' there says how), then run gitupdate.sh again."
        )
    if branch is not None and _has(clone, branch):
        _switch(clone, branch)
    tracked = git.run("rev-parse", "--abbrev-ref", "@{upstream}", at=clone, check=False)
    if tracked.returncode != 0:
        current = git.run("symbolic-ref", "--short", "HEAD", at=clone, check=False).stdout.strip()
        say(
            f"{clone.name}: its branch {current} tracks nothing, left as it is. In {clone}: "
            "git branch --set-upstream-to=origin/BRANCH"
            if current
            else f"{clone.name}: on no branch, left as it is. In {clone}: git switch BRANCH"
        )
        return False
    _merge(clone, tracked.stdout.strip(), say)
    return True


def _switch(clone: Path, branch: str) -> None:
    done = git.run("switch", "--quiet", branch, at=clone, check=False)
    if done.returncode != 0:
        raise UpdateError(
            f"{clone.name}: cannot switch to {branch}; nothing was changed there. git says\n"
            f"{_indented(done.stderr)}\n"
            f"Commit or stash your changes in {clone}, then run gitupdate.sh again."
        )


def _merge(clone: Path, upstream: str, say: Callable[[str], None]) -> None:
    before = git.output("rev-parse", "HEAD", at=clone)
    done = git.run("merge", "--no-edit", "--quiet", upstream, at=clone, check=False)
    if done.returncode == 0:
        after = git.output("rev-parse", "HEAD", at=clone)
        count = git.output("rev-list", "--count", f"{before}..{after}", at=clone)
        name = upstream.removeprefix("origin/")
        new = (
            f"{count} new commit{'s' if count != '1' else ''}" if before != after else "up to date"
        )
        say(f"{clone.name}: {name}, {new}")
        return
    if operation_under_way(clone) != "merge":
        # git refused before it touched anything.
        raise UpdateError(
            f"{clone.name}: {upstream} was not merged, nothing was changed. git says\n"
            f"{_indented(done.stderr or done.stdout)}"
        )
    files = git.output("diff", "--name-only", "--diff-filter=U", at=clone).splitlines()
    git.run("merge", "--abort", at=clone)
    raise ConflictError(
        f"{clone.name}: your commits and {upstream} conflict in\n"
        f"{_indented(chr(10).join(files))}\n"
        "The merge was taken back: your clone is as it was. To merge by hand:\n"
        f"    cd {clone} && git merge {upstream}"
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-20:])
