# SPDX-License-Identifier: Apache-2.0
"""`spinnlab run SCRIPT.py [ARGS]`: a script on the published sPyNNaker and our machine."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.programs import original_python


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "run",
        help="run a script as plain Python would, on our machine",
        description="Runs SCRIPT.py with the published sPyNNaker; its boards are allocated when "
        "it asks for them. The last line on standard error gives the wall time of each stage; the "
        "exit code is the script's.",
        usage="spinnlab run (SCRIPT.py | -m MODULE) [ARGUMENT ...]",
    )
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(run=main)


def main(arguments: argparse.Namespace) -> int:
    """Does not return: this process becomes the script's."""
    script = arguments.arguments
    if not script or script == ["-m"]:
        raise SpinnlabError("usage: spinnlab run (SCRIPT.py | -m MODULE) [ARGUMENT ...]")
    if script[0] != "-m" and not Path(script[0]).is_file():
        raise SpinnlabError(f"There is no script {script[0]} in {Path.cwd()}.")
    python = original_python()
    environment = dict(os.environ)
    # Modules for another Python must not shadow the pinned ones; `!pip` reaches their environment.
    environment.pop("PYTHONHOME", None)
    environment["VIRTUAL_ENV"] = str(python.parent.parent)
    environment["PATH"] = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [str(python), "-m", "spinnlab_original.run", *script]
    os.execve(command[0], command, environment)
