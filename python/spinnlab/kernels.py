# SPDX-License-Identifier: Apache-2.0
"""Registers the notebook kernels of our environments.

`python -m spinnlab.kernels` registers the kernel of the published sPyNNaker in the environment it
runs in; `make deps` calls it with `.venv`'s Python.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from spinnlab.programs import original_python

#: Folder name of the kernel's specification; notebooks refer to it.
SPYNNAKER_741 = "spynnaker-7.4.1"


def original_specification(python: Path) -> dict[str, Any]:
    """The contents of kernel.json for the published sPyNNaker under `python`."""
    environment = python.parent.parent
    return {
        "argv": [str(python), "-m", "spinnlab_original.kernel", "-f", "{connection_file}"],
        "display_name": "sPyNNaker 7.4.1",
        "language": "python",
        # So that `!pip` and `!python` in a cell reach the kernel's own environment.
        "env": {"PATH": f"{python.parent}:${{PATH}}", "VIRTUAL_ENV": str(environment)},
        "interrupt_mode": "signal",
        "metadata": {"debugger": True},
    }


def register(prefix: Path, name: str, specification: dict[str, Any]) -> Path:
    """Writes a kernel's specification below `prefix`/share/jupyter/kernels; returns its file.

    A file that already says the same is not touched.
    """
    file = prefix / "share" / "jupyter" / "kernels" / name / "kernel.json"
    text = json.dumps(specification, indent=1) + "\n"
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return file


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m spinnlab.kernels", description=__doc__)
    parser.add_argument(
        "--prefix", type=Path, default=Path(sys.prefix), help="environment of the notebook server"
    )
    arguments = parser.parse_args()
    register(arguments.prefix, SPYNNAKER_741, original_specification(original_python()))


if __name__ == "__main__":
    main()
