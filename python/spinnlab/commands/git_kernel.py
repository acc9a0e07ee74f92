# SPDX-License-Identifier: Apache-2.0
"""`spinnlab git-kernel` and `spinnlab git-status`: the kernel sPyNNakerGit and its clones."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from spinnlab import provenance
from spinnlab.errors import SpinnlabError
from spinnlab.git_kernel import building, creation, place, status, update


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("git-kernel", help="make, update and build sPyNNakerGit")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    made = actions.add_parser(
        "create",
        help="make ~/sPyNNakerGit and its kernel, if it is not there",
        description="Makes ~/sPyNNakerGit (environment, clones, scripts) and registers its kernel "
        "for this user. What is there stays as it is; nothing is updated.",
    )
    made.add_argument("--home", type=Path, help="home of the user, if not this process's")
    made.set_defaults(run=create)
    updated = actions.add_parser("update", help="what support/gitupdate.sh does")
    updated.add_argument(
        "words",
        nargs="*",
        metavar="BRANCH ALL",
        help="BRANCH: clones that have it end on it; ALL: every local branch is brought up to date",
    )
    updated.set_defaults(run=update_clones)
    built = actions.add_parser("make", help="what support/automatic_make.sh does")
    built.add_argument("--jobs", type=_count, help="compilers at a time (default: what fits 2 GiB)")
    built.set_defaults(run=make)
    shown = commands.add_parser(
        "git-status", help="how far the clones of sPyNNakerGit are behind, and whether it is built"
    )
    shown.add_argument("--no-fetch", action="store_true", help="do not ask the sources")
    shown.set_defaults(run=show)
    for action in (updated, built, shown):
        action.add_argument(
            "--folder", type=Path, help="the sPyNNakerGit (default: that of the home folder)"
        )


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of compilers")
    return count


def by_the_release() -> None:
    """In sPyNNakerGit these commands are the release's: a clone cannot break its own repair.

    Does not return there: this process becomes the release's command.
    """
    if provenance.clone() is None:
        return
    made_by = place.read(Path(sys.prefix))
    environment = {**os.environ, "PYTHONPATH": made_by.release_packages}
    words = [made_by.release_python, "-m", "spinnlab", *sys.argv[1:]]
    os.execve(words[0], words, environment)


def _found(arguments: argparse.Namespace) -> place.Place:
    found = place.read((arguments.folder or place.default_folder()).absolute())
    if not found.complete:
        raise SpinnlabError(
            f"{found.folder} is not complete: 'spinnlab git-kernel create' continues."
        )
    return found


def create(arguments: argparse.Namespace) -> int:
    by_the_release()
    began = time.monotonic()
    made = creation.create(arguments.home, say=lambda line: print(line, flush=True))
    print(f"The kernel sPyNNakerGit runs {made.python} ({time.monotonic() - began:.1f} s)")
    return 0


def update_clones(arguments: argparse.Namespace) -> int:
    by_the_release()
    branches = [word for word in arguments.words if word != "ALL"]
    if len(branches) > 1:
        raise SpinnlabError(
            f"One branch at most, not {' and '.join(branches)}: gitupdate.sh [BRANCH] [ALL]"
        )
    found = _found(arguments)
    try:
        update.update(
            found,
            branches[0] if branches else None,
            say=lambda line: print(line, flush=True),
            every="ALL" in arguments.words,
        )
    finally:
        print(status.engine(found), flush=True)
    return 0


def make(arguments: argparse.Namespace) -> int:
    by_the_release()
    began = time.monotonic()
    building.build(_found(arguments), arguments.jobs, say=lambda line: print(line, flush=True))
    print(f"All built in {time.monotonic() - began:.0f} s. Restart the kernels that are to use it.")
    return 0


def show(arguments: argparse.Namespace) -> int:
    by_the_release()
    found = _found(arguments)
    for clone in found.clones():
        print(status.of_clone(clone, fetch=not arguments.no_fetch).text(), flush=True)
    for source in found.sources:
        if not found.clone(source).exists():
            print(f"{source.name:<20} not there: git clone {source.url} {found.clone(source)}")
    print(status.engine(found))
    return 0
