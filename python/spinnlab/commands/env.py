# SPDX-License-Identifier: Apache-2.0
"""`spinnlab env prepare` and `spinnlab env reset NAME`: the environments of a user's kernels."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from spinnlab import user_environments
from spinnlab.commands.git_kernel import by_the_release
from spinnlab.errors import SpinnlabError
from spinnlab.programs import data_folder

#: Of 19 steps down in priority.
BEHIND_OTHERS = 15


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("env", help="make and reset the environments of your kernels")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    prepared = actions.add_parser(
        "prepare",
        help="make what is missing of your kernels' environments ('spinnlab lab' does it)",
        description="Makes sPyNNakerGit, and layers of your own over environments that you may not "
        "write to. Does nothing if all is there.",
    )
    prepared.add_argument("--home", type=Path, help="home of the user, if not this process's")
    prepared.set_defaults(run=prepare)
    again = actions.add_parser(
        "reset",
        help="bring a kernel's environment back to what was shipped",
        description="Removes what pip installed into a kernel's environment. Notebooks, and the "
        "clones of sPyNNakerGit with your commits, stay.",
    )
    again.add_argument("name", metavar="NAME", help="spynnaker, spynnaker_7.4.1, spynnakergit, ...")
    again.set_defaults(run=reset)


def prepare(arguments: argparse.Namespace) -> int:
    by_the_release()
    user_environments.prepare(arguments.home, say=lambda line: print(line, flush=True))
    return 0


def reset(arguments: argparse.Namespace) -> int:
    by_the_release()
    if arguments.name not in user_environments.names():
        raise SpinnlabError(
            f"There is no kernel {arguments.name!r}; there are "
            f"{', '.join(user_environments.names())}."
        )
    print(user_environments.reset(arguments.name))
    return 0


def log_file(home: Path | None = None) -> Path:
    """Where `prepare_in_background` writes."""
    return data_folder(home) / "environments.log"


def prepare_in_background() -> Path:
    """Starts `spinnlab env prepare` and does not wait for it; returns its log.

    The process belongs to nobody: the caller may become another program. Raises SpinnlabError
    where the log cannot be written.
    """
    log = log_file()
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("", encoding="utf-8")
    except OSError as error:
        raise SpinnlabError(f"The log {log} cannot be written: {error.strerror}.") from error
    words = [sys.executable, "-m", "spinnlab", "env", "prepare"]
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                _become(words, log)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    return log


def _become(words: list[str], log: Path) -> None:
    """This process becomes the command, which reads nothing and writes to the log.

    Others come first: a class that signs in at once waits for its servers, not for this.
    """
    os.nice(BEHIND_OTHERS)
    with log.open("ab") as output, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.execv(words[0], words)
