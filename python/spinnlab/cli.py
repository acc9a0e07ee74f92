# SPDX-License-Identifier: Apache-2.0
"""The command `spinnlab`: reads the arguments and hands over to a subcommand."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from spinnlab import __version__
from spinnlab.commands import (
    demo,
    env,
    git_kernel,
    hub,
    kernel,
    lab,
    machine,
    robotics,
    run,
    verify,
)  # fmt: skip
from spinnlab.errors import SpinnlabError


def make_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="spinnlab",
        description="A SpiNNaker machine in software, and a lab around it. "
        "Without a command: spinnlab lab.",
    )
    parser.add_argument("--version", action="version", version=f"spinnlab {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in (lab, run, verify, machine, demo, kernel, git_kernel, env, hub, robotics):
        command.add_parser(commands)
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command; exit code 1 with a message when it cannot be done, 2 for wrong usage."""
    given = list(sys.argv[1:] if words is None else words)
    parser = make_parser()
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help", "--version")):
        given.insert(0, "lab")
    arguments, others = parser.parse_known_args(given)
    if "run" not in arguments:
        parser.error("name a command")
    if others and "jupyter" not in arguments:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    arguments.jupyter = others
    try:
        code: int = arguments.run(arguments)
    except SpinnlabError as error:
        print(f"spinnlab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
