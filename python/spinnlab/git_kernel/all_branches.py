# SPDX-License-Identifier: Apache-2.0
"""The word ALL of `support/gitupdate.sh`: every local branch of a clone.

One that the source still has is merged with that and with the main branch. One that the source has
no more is deleted where it lies behind the main branch, which then has all its commits; with a
commit of its own it is kept, always.
"""

from __future__ import annotations

from pathlib import Path

from spinnlab.git_kernel import git
from spinnlab.git_kernel.merging import Say, UpdateError, merge, switch


def update(clone: Path, main: str, kept: str | None, say: Say) -> bool:
    """Brings the branches of a clone that is on `main` up to date, and ends there.

    `kept`: a branch that is wanted, whatever it holds. False, and said, where changes that are not
    committed forbid to go from branch to branch. Raises UpdateError.
    """
    others = [name for name in _local_branches(clone) if name != main]
    if not others:
        return True
    if git.output("status", "--porcelain", "--untracked-files=no", at=clone):
        say(
            f"{clone.name}: changes are not committed, so its other branches were left alone. "
            f"Commit or stash them in {clone}, then run gitupdate.sh ALL again"
        )
        return False
    of_source = _branches_of_source(clone)
    for name in others:
        if name in of_source:
            _merge_both(clone, name, main, say)
        elif name != kept:
            _delete_if_behind(clone, name, main, say)
    return True


def _local_branches(clone: Path) -> list[str]:
    return git.output(
        "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads", at=clone
    ).splitlines()


def _branches_of_source(clone: Path) -> set[str]:
    """What the source has now; a reference of an earlier fetch may be of a branch that is gone."""
    listed = git.output("ls-remote", "--heads", "origin", at=clone).splitlines()
    return {line.partition("\trefs/heads/")[2] for line in listed}


def _merge_both(clone: Path, name: str, main: str, say: Say) -> None:
    switch(clone, name)
    try:
        for upstream in (f"origin/{name}", f"origin/{main}"):
            merge(clone, upstream, say, into=f"{name} with {upstream}")
    finally:
        switch(clone, main)


def _delete_if_behind(clone: Path, name: str, main: str, say: Say) -> None:
    branch, follows = f"refs/heads/{name}", f"refs/remotes/origin/{main}"
    if not _is_ancestor(clone, branch, follows):
        say(f"{clone.name}: {name} has commits that {main} has not; kept")
    elif _is_ancestor(clone, follows, branch):
        say(f"{clone.name}: {name} is the same as {main}; kept")
    else:
        commit = git.output("rev-parse", "--short=10", branch, at=clone)
        done = git.run("branch", "--delete", "--quiet", name, at=clone, check=False)
        if done.returncode != 0:
            raise UpdateError(
                f"{clone.name}: {name} could not be deleted. git says\n    {done.stderr.strip()}"
            )
        say(f"{clone.name}: {name} deleted, {main} has all of it (it ended at {commit})")


def _is_ancestor(clone: Path, one: str, other: str) -> bool:
    return git.run("merge-base", "--is-ancestor", one, other, at=clone, check=False) \
        .returncode == 0  # fmt: skip
