# SPDX-License-Identifier: Apache-2.0
"""`spinnlab kernel list`, `add 7.3.0`, `remove 7.3.0`: kernels and their environments."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from spinnlab import kernels, original_environments, programs, releases
from spinnlab.errors import ProgramNotFoundError, SpinnlabError
from spinnlab.git_kernel import place


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "kernel", help="show the notebook kernels, add releases of the published sPyNNaker"
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    shown = actions.add_parser("list", help="the kernels and where their environments are")
    shown.set_defaults(run=show)
    added = actions.add_parser(
        "add",
        help="make the environment of a release of the published sPyNNaker from PyPI",
        description="Makes an environment with a release of the published sPyNNaker and its "
        "binaries from PyPI, in pinned versions, runs a small network on an emulated board with "
        "it, and registers its notebook kernel. Does nothing if it is there.",
        epilog=f"Tried here: {', '.join(releases.TRIED)}. Others are tried when you add them.",
    )
    added.add_argument("release", metavar="X.Y.Z")
    added.set_defaults(run=add)
    removed = actions.add_parser(
        "remove", help="remove a release that was added, with its environment and kernel"
    )
    removed.add_argument("release", metavar="X.Y.Z")
    removed.set_defaults(run=remove)


def show(_arguments: argparse.Namespace) -> int:
    usual = releases.USUAL
    finders = {
        "sPyNNaker": (programs.native_python, "'make deps' makes it"),
        releases.display_name(usual): (
            programs.original_python, f"spinnlab kernel add {usual} makes it"
        ),
    }  # fmt: skip
    for name, (find, maker) in finders.items():
        try:
            print(f"{name:<16} {find()}")
        except ProgramNotFoundError:
            print(f"{name:<16} not there: {maker}")
    for release in releases.installed():
        if release != usual:
            print(f"{releases.display_name(release):<16} {programs.original_python(release)}")
    try:
        print(f"{'sPyNNakerGit':<16} {place.read(place.default_folder()).python}")
    except SpinnlabError:
        print(f"{'sPyNNakerGit':<16} not there: spinnlab git-kernel create makes it")
    return 0


def add(arguments: argparse.Namespace) -> int:
    """Raises SpinnlabError where the release cannot be had or does not work."""
    release = original_environments.parse(arguments.release)
    _refuse_without_right()
    try:
        python = programs.original_python(release)
        if programs.source_tree() is None:
            original_environments.copy_own_packages(python)
    except ProgramNotFoundError:
        python = original_environments.make(release, lambda line: print(line, flush=True))
    for prefix in server_prefixes():
        kernels.register(
            prefix,
            releases.kernel_name(release),
            kernels.original_specification(python, release),
        )
    print(f"The kernel {releases.display_name(release)} runs {python}")
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Raises SpinnlabError where it is not there, or in use."""
    release = original_environments.parse(arguments.release)
    _refuse_without_right()
    original_environments.remove(release)
    for prefix in server_prefixes():
        kernels.unregister(prefix, releases.kernel_name(release))
    print(f"The kernel {releases.display_name(release)} and its environment are removed.")
    return 0


def server_prefixes() -> list[Path]:
    """Environments of notebook servers that share the kernels: this one, and a hub's."""
    found = [Path(sys.prefix)]
    root = programs.source_tree()
    if root is not None:
        # A hub's servers run from .envs/hub, and the command is that of .venv.
        found += [
            place
            for place in (root / ".venv", programs.environments_folder() / "hub")
            if (place / "bin" / "python").exists() and place.resolve() != Path(sys.prefix).resolve()
        ]
    return found


def _refuse_without_right() -> None:
    """Raises SpinnlabError for somebody who only uses a lab's installation."""
    folder = programs.environments_folder()
    places = [folder if folder.exists() else programs.data_folder(), *server_prefixes()]
    closed = [str(one) for one in places if one.exists() and not os.access(one, os.W_OK)]
    if closed:
        raise SpinnlabError(
            f"You may not write to {', '.join(closed)}: the kernels here belong to the lab.\n"
            "Whoever administers it can add or remove one for everybody."
        )
