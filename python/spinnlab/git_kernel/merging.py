# SPDX-License-Identifier: Apache-2.0
"""Switching and merging in a clone so that nothing of the user's is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.git_kernel import git
from spinnlab.git_kernel.place import operation_under_way

Say = Callable[[str], None]


class UpdateError(SpinnlabError):
    """A clone was not updated; the text begins with its name."""


class ConflictError(UpdateError):
    """The user's commits and the new ones change the same lines."""


def exists(clone: Path, reference: str) -> bool:
    """Whether a full name such as refs/heads/main leads to a commit."""
    return git.run("show-ref", "--verify", "--quiet", reference, at=clone, check=False) \
        .returncode == 0  # fmt: skip


def current_branch(clone: Path) -> str | None:
    """None where the clone is on none."""
    said = git.run("symbolic-ref", "--short", "--quiet", "HEAD", at=clone, check=False).stdout
    return said.strip() or None


def switch(clone: Path, branch: str) -> None:
    """Changes that are not committed come along, or git refuses: UpdateError."""
    done = git.run("switch", "--quiet", branch, at=clone, check=False)
    if done.returncode != 0:
        raise UpdateError(
            f"{clone.name}: cannot switch to {branch}; nothing was changed there. git says\n"
            f"{indented(done.stderr)}\n"
            f"Commit or stash your changes in {clone}, then run gitupdate.sh again."
        )


def merge(clone: Path, upstream: str, say: Say, into: str | None = None) -> None:
    """Merges into what is checked out, and says how much is new under the name `into`.

    Raises UpdateError; after a conflict the merge is taken back.
    """
    before = git.output("rev-parse", "HEAD", at=clone)
    done = git.run("merge", "--no-edit", "--quiet", upstream, at=clone, check=False)
    if done.returncode == 0:
        after = git.output("rev-parse", "HEAD", at=clone)
        count = git.output("rev-list", "--count", f"{before}..{after}", at=clone)
        name = into or upstream.removeprefix("origin/")
        new = (
            f"{count} new commit{'s' if count != '1' else ''}" if before != after else "up to date"
        )
        say(f"{clone.name}: {name}, {new}")
        return
    if operation_under_way(clone) != "merge":
        # git refused before it touched anything.
        raise UpdateError(
            f"{clone.name}: {upstream} was not merged, nothing was changed. git says\n"
            f"{indented(done.stderr or done.stdout)}"
        )
    files = git.output("diff", "--name-only", "--diff-filter=U", at=clone).splitlines()
    git.run("merge", "--abort", at=clone)
    branch = current_branch(clone)
    raise ConflictError(
        f"{clone.name}: your commits on {branch} and {upstream} conflict in\n"
        f"{indented(chr(10).join(files))}\n"
        "The merge was taken back: your clone is as it was. To merge by hand:\n"
        f"    cd {clone} && git switch {branch} && git merge {upstream}"
    )


def indented(text: str) -> str:
    """The last lines of what git said."""
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-20:])
