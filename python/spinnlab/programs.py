# SPDX-License-Identifier: Apache-2.0
"""Where our compiled programs, environments and examples are, in a source tree or installed."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from spinnlab.errors import ProgramNotFoundError

#: Presets whose programs are used, best first: what users run, what CI builds, what developers do.
PRESETS = ("release", "ci", "dev")
#: The release of the published sPyNNaker that the source tree brings along (releases.py).
USUAL_RELEASE = "7.4.1"
#: Name of the environment that runs it.
ORIGINAL = f"original-{USUAL_RELEASE}"
#: Name of the environment that runs scripts the native way.
NATIVE = "spynnaker"
#: This file marks a sPyNNakerGit (git_kernel/place.py), in which the interpreter may run.
GIT_DESCRIPTION = ".spinnlab-git.json"


def source_tree() -> Path | None:
    """The project's folder when this package runs from its sources, else None."""
    root = Path(__file__).resolve().parent.parent.parent
    return root if (root / "CMakePresets.json").is_file() else None


def _candidates(name: str) -> list[Path]:
    root = source_tree()
    places = [root / "build" / preset / "bin" for preset in PRESETS] if root else []
    places += [Path(__file__).resolve().parent / "bin", Path(sys.prefix) / "bin"]
    return [place / name for place in places]


def find_program(name: str) -> Path:
    """Absolute path of the compiled program `name` (spallocd, spinnlab-machine).

    Looked for in `$SPINNLAB_BIN` alone when that is set; else in the build folders of the source
    tree, in the folder of this package (a wheel has them there), in the bin folder of this
    environment, and on PATH.

    Raises ProgramNotFoundError that names the places and the command that builds it.
    """
    chosen = os.environ.get("SPINNLAB_BIN")
    places = [Path(chosen) / name] if chosen else _candidates(name)
    for place in places:
        if os.access(place, os.X_OK) and place.is_file():
            return place.resolve()
    if chosen is None and (on_path := shutil.which(name)):
        return Path(on_path).resolve()
    looked = "\n".join(f"  {place}" for place in places)
    advice = (
        "SPINNLAB_BIN names the folder to look in; unset it or point it at the programs."
        if chosen
        else "In the source tree 'make build' makes it; SPINNLAB_BIN can name another folder."
    )
    raise ProgramNotFoundError(f"The program {name} was not found. Looked for\n{looked}\n{advice}")


def data_folder(home: Path | None = None) -> Path:
    """The user's own data folder; `home`: of another user than this process's."""
    data = os.environ.get("XDG_DATA_HOME") if home is None else None
    return (Path(data) if data else (home or Path.home()) / ".local" / "share") / "spinnlab"


def environments_folder() -> Path:
    """Where the environments of kernels are: in the source tree, or in the user's data folder."""
    root = source_tree()
    return root / ".envs" if root else data_folder() / "envs"


def data_file(name: str) -> Path:
    """A file or folder that `spinnlab kernel add` needs, in the source tree or in the wheel."""
    root = source_tree()
    if root is None:
        return Path(__file__).resolve().parent / "data" / name
    return root / ("python/original" if name == "spinnlab_original" else "tools") / name


def original_environment(release: str) -> str:
    """Name of the environment of a release of the published sPyNNaker."""
    return f"original-{release}"


def _environment_python(name: str, variable: str | None, what: str) -> Path:
    """The Python of one of our environments; `$variable` overrides."""
    chosen = os.environ.get(variable) if variable else None
    root = source_tree()
    if name == NATIVE and (Path(sys.prefix) / GIT_DESCRIPTION).is_file():
        python = Path(sys.executable)  # sPyNNakerGit is a native way of its own
    elif chosen:
        python = Path(chosen)
    elif root is None and name == NATIVE:
        python = Path(sys.executable)  # the wheel is the native way
    else:
        python = environments_folder() / name / "bin" / "python"
    if not os.access(python, os.X_OK):
        release = name.removeprefix(original_environment("")) if name != NATIVE else USUAL_RELEASE
        shipped = root is not None and release == USUAL_RELEASE
        maker = "'make deps'" if shipped else f"'spinnlab kernel add {release}'"
        other = f"; {variable} can name another" if variable else ""
        raise ProgramNotFoundError(
            f"The environment of {what} is not there: {python} does not exist.\n"
            f"{maker} makes it{other}."
        )
    # Not resolved: the link inside the environment is what makes Python see its packages.
    return python.absolute()


def native_python() -> Path:
    """The Python of the native way: `.envs/spynnaker` of the source tree, else this one.

    `$SPINNLAB_NATIVE_PYTHON` overrides. Raises ProgramNotFoundError that names what makes it.
    """
    return _environment_python(NATIVE, "SPINNLAB_NATIVE_PYTHON", "the native way")


def original_python(release: str = USUAL_RELEASE) -> Path:
    """The Python of the published sPyNNaker: `.envs/original-7.4.1` of the source tree.

    `$SPINNLAB_ORIGINAL_PYTHON` overrides for the usual release. Raises ProgramNotFoundError that
    names what makes it.
    """
    usual = release == USUAL_RELEASE
    return _environment_python(
        original_environment(release),
        "SPINNLAB_ORIGINAL_PYTHON" if usual else None,
        "the published sPyNNaker" if usual else f"sPyNNaker {release}",
    )


def examples_folder() -> Path:
    """The folder of notebooks that we ship."""
    root = source_tree()
    folder = root / "examples" if root else data_file("examples")
    if not folder.is_dir():
        raise ProgramNotFoundError(f"The example notebooks are not there: no folder {folder}.")
    return folder
