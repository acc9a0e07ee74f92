# SPDX-License-Identifier: Apache-2.0
"""`spinnlab run SCRIPT.py [ARGS]`: a script the native way, or on the published sPyNNaker."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.programs import native_python, original_python

USAGE = (
    "spinnlab run [--original | --profile 7|6] ([--python2] SCRIPT.py | -m MODULE) [ARGUMENT ...]"
)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "run",
        help="run a script as plain Python would",
        description="Runs SCRIPT.py the native way; with --original on the published sPyNNaker, "
        "whose boards are allocated when it asks for them. The last line on standard error gives "
        "the wall time of each stage; the exit code is the script's.",
        usage=USAGE,
    )
    parser.add_argument(
        "--original", action="store_true", help="with the published sPyNNaker, on our machine"
    )
    parser.add_argument(
        "--python2",
        action="store_true",
        help="convert a script of Python 2 first, in memory, and show the changes",
    )
    parser.add_argument(
        "--profile",
        choices=("7", "6"),
        help="arithmetic of release 7.4.1 or of earlier ones, unless setup(profile=...) says it",
    )
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(run=main)


def main(arguments: argparse.Namespace) -> int:
    """Does not return: this process becomes the script's."""
    script = arguments.arguments
    if not script or script == ["-m"]:
        raise SpinnlabError(f"usage: {USAGE}")
    if script[0] != "-m" and not Path(script[0]).is_file():
        raise SpinnlabError(f"There is no script {script[0]} in {Path.cwd()}.")
    if arguments.original and arguments.profile:
        raise SpinnlabError(
            "--profile is for the native way; --original runs 7.4.1. Leave one of them out."
        )
    python = original_python() if arguments.original else native_python()
    module = "spinnlab_original.run" if arguments.original else "spinnlab.pynn.script"
    environment = dict(os.environ)
    if arguments.profile:
        environment["SPINNLAB_PROFILE"] = arguments.profile
    # Modules for another Python must not shadow the pinned ones; `!pip` reaches their environment.
    environment.pop("PYTHONHOME", None)
    environment["VIRTUAL_ENV"] = str(python.parent.parent)
    environment["PATH"] = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    python2 = ["--python2"] if arguments.python2 else []
    command = [str(python), "-m", module, *python2, *script]
    os.execve(command[0], command, environment)
