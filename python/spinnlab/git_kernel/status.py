# SPDX-License-Identifier: Apache-2.0
"""What `spinnlab git-status` shows: where each clone stands, and whether the engine is stale."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spinnlab import engine_sources
from spinnlab.git_kernel import git
from spinnlab.git_kernel.place import Place, operation_under_way


@dataclass(frozen=True)
class CloneStatus:
    """One clone against the branch that it tracks."""

    name: str
    #: None: on no branch.
    branch: str | None
    commit: str
    #: Commits; None where the branch tracks nothing.
    behind: int | None
    ahead: int | None
    #: Files that are changed, added or removed and not committed.
    changed: int
    #: merge, rebase, ... that was begun and not concluded.
    under_way: str | None
    #: Whether its source was asked just now; otherwise the numbers are of the last fetch.
    is_fresh: bool

    def text(self) -> str:
        """One line for a terminal."""
        if self.behind is None:
            where = "tracks nothing"
        elif self.behind or self.ahead:
            counts = ((self.behind, "behind"), (self.ahead, "ahead"))
            where = ", ".join(f"{count} {what}" for count, what in counts if count)
        else:
            where = "up to date"
        facts = [where]
        if self.changed:
            facts.append(f"{self.changed} file{'s' if self.changed != 1 else ''} not committed")
        if self.under_way:
            facts.append(f"a {self.under_way} is not concluded")
        if not self.is_fresh:
            facts.append("as of the last fetch")
        return (
            f"{self.name:<20} {self.branch or '(no branch)':<16} {self.commit}  {', '.join(facts)}"
        )


def of_clone(clone: Path, fetch: bool = True) -> CloneStatus:
    """Asks the source first unless told otherwise; the clone's files and branches stay.

    Raises GitError where the folder is no clone.
    """
    is_fresh = fetch and git.run(
        "fetch", "--quiet", "origin", at=clone, check=False
    ).returncode == 0  # fmt: skip
    branch = git.run("symbolic-ref", "--short", "--quiet", "HEAD", at=clone, check=False)
    counted = git.run("rev-list", "--left-right", "--count", "@{upstream}...HEAD", at=clone,
                      check=False)  # fmt: skip
    behind, ahead = map(int, counted.stdout.split()) if counted.returncode == 0 else (None, None)
    return CloneStatus(
        name=clone.name,
        branch=branch.stdout.strip() or None,
        commit=git.output("rev-parse", "--short=10", "HEAD", at=clone),
        behind=behind,
        ahead=ahead,
        changed=len(git.output("status", "--porcelain", at=clone).splitlines()),
        under_way=operation_under_way(clone),
        is_fresh=is_fresh,
    )


def engine(place: Place) -> str:
    """One line on the compiled engine."""
    tree = place.engine_tree
    module = engine_sources.module_file(tree)
    make = place.folder / "support" / "automatic_make.sh"
    if not module.is_file():
        return f"engine               not built: {make}"
    built_from, wanted = engine_sources.built_from(module), engine_sources.fingerprint(tree)
    if wanted is None:
        return "engine               built; this branch does not say from what"
    if built_from != wanted:
        return f"engine               stale, built from other C++ sources: {make}"
    return "engine               built from these sources"
