# SPDX-License-Identifier: Apache-2.0
"""Registers the notebook kernels of our environments.

`python -m spinnlab.kernels` registers them in the environment it runs in; `make deps` calls it with
`.venv`'s Python. "sPyNNaker" runs the native way, "sPyNNaker 7.4.1" the published packages, as do
other releases that somebody has added (releases.py). What belongs to one user ("sPyNNakerGit",
environments laid over shared ones) is registered in a folder of that user, which `jupyter_path`
names to the notebook server.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinnlab import releases
from spinnlab.errors import ProgramNotFoundError
from spinnlab.programs import data_folder, native_python, original_python, source_tree

if TYPE_CHECKING:
    from spinnlab.git_kernel.place import Place

#: Folder names of the kernels' specifications; notebooks refer to them.
SPYNNAKER = "spynnaker"
SPYNNAKER_741 = releases.kernel_name(releases.USUAL)
SPYNNAKER_GIT = "spynnakergit"
#: What the kernel sPyNNaker 7.4.1 was called here at first; notebooks may still say so.
FORMER_741 = "spynnaker-7.4.1"


def _specification(python: Path, module: str, display_name: str) -> dict[str, Any]:
    return {
        "argv": [str(python), "-m", module, "-f", "{connection_file}"],
        "display_name": display_name,
        "language": "python",
        # So that `!pip` and `!python` in a cell reach the kernel's own environment.
        "env": {
            "PATH": f"{python.parent}:${{PATH}}",
            "VIRTUAL_ENV": str(python.parent.parent),
        },
        "interrupt_mode": "signal",
        "metadata": {"debugger": True},
    }


def native_specification(python: Path) -> dict[str, Any]:
    """The contents of kernel.json for the native way under `python`."""
    return _specification(python, "spinnlab.native_kernel", "sPyNNaker")


def original_specification(python: Path, release: str = releases.USUAL) -> dict[str, Any]:
    """The contents of kernel.json for a release of the published sPyNNaker under `python`."""
    return _specification(python, "spinnlab_original.kernel", releases.display_name(release))


def git_specification(place: Place) -> dict[str, Any]:
    """The contents of kernel.json for sPyNNakerGit."""
    found = _specification(place.python, "spinnlab.native_kernel", "sPyNNakerGit")
    path = os.pathsep.join([str(place.python.parent), *place.path, "${PATH}"])
    found["env"] = {**place.variables, **found["env"], "PATH": path}
    return found


def user_jupyter_folder(home: Path | None = None) -> Path:
    """Where kernels of this user alone are registered: to be one of JUPYTER_PATH."""
    return data_folder(home) / "jupyter"


def jupyter_path(home: Path | None = None) -> str:
    """JUPYTER_PATH for a notebook server of this user: the user's kernels, then those of before."""
    before = os.environ.get("JUPYTER_PATH")
    own = str(user_jupyter_folder(home))
    return f"{own}{os.pathsep}{before}" if before and before != own else own


def register_for_user(name: str, specification: dict[str, Any], home: Path | None = None) -> Path:
    """Registers a kernel for this user alone; returns its file."""
    return _write(user_jupyter_folder(home) / "kernels" / name / "kernel.json", specification)


def register(prefix: Path, name: str, specification: dict[str, Any]) -> Path:
    """Writes a kernel's specification below `prefix`/share/jupyter/kernels; returns its file.

    A file that already says the same is not touched.
    """
    return _write(prefix / "share" / "jupyter" / "kernels" / name / "kernel.json", specification)


def _write(file: Path, specification: dict[str, Any]) -> Path:
    text = json.dumps(specification, indent=1) + "\n"
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return file


def unregister(prefix: Path, name: str) -> None:
    """Removes a kernel's specification below `prefix`; nothing if there is none."""
    shutil.rmtree(prefix / "share" / "jupyter" / "kernels" / name, ignore_errors=True)


def unregister_for_user(name: str, home: Path | None = None) -> None:
    """Removes a kernel that is registered for this user alone; nothing if there is none."""
    shutil.rmtree(user_jupyter_folder(home) / "kernels" / name, ignore_errors=True)


def register_all(prefix: Path) -> bool:
    """Registers all kernels below `prefix`; false if the usual original is not installed.

    A wheel comes without it. In the source tree it belongs to the house: raises
    ProgramNotFoundError. Releases that are there no more are taken out.
    """
    register(prefix, SPYNNAKER, native_specification(native_python()))
    there = releases.installed()
    for release in there:
        if release != releases.USUAL:
            python = original_python(release)
            register(prefix, releases.kernel_name(release), original_specification(python, release))
    for folder in (prefix / "share" / "jupyter" / "kernels").iterdir():
        gone = releases.of_kernel(folder.name)
        if folder.name == FORMER_741 or (gone and gone not in (*there, releases.USUAL)):
            shutil.rmtree(folder)
    try:
        python = original_python()
    except ProgramNotFoundError:
        if source_tree() is not None:
            raise
        unregister(prefix, SPYNNAKER_741)
        return False
    register(prefix, SPYNNAKER_741, original_specification(python))
    return True


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m spinnlab.kernels", description=__doc__)
    parser.add_argument(
        "--prefix", type=Path, default=Path(sys.prefix), help="environment of the notebook server"
    )
    arguments = parser.parse_args()
    register_all(arguments.prefix)


if __name__ == "__main__":
    main()
