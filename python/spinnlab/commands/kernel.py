# SPDX-License-Identifier: Apache-2.0
"""`spinnlab kernel list` and `spinnlab kernel add 7.4.1`: kernels and their environments."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from spinnlab import __version__, kernels, programs
from spinnlab.errors import SpinnlabError
from spinnlab.git_kernel import place

#: Release of the published sPyNNaker that can be added.
RELEASE = "7.4.1"
#: In this file of an environment stands what it was made from.
STAMP = ".spinnlab-kernel"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("kernel", help="show the notebook kernels, add the original's")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    shown = actions.add_parser("list", help="the kernels and where their environments are")
    shown.set_defaults(run=show)
    added = actions.add_parser(
        "add",
        help="make the environment of the published sPyNNaker from PyPI",
        description="Makes an environment with the published sPyNNaker and its binaries from PyPI, "
        "in pinned versions, and registers its notebook kernel. Does nothing if it is there.",
    )
    added.add_argument("release", choices=[RELEASE])
    added.set_defaults(run=add)


def show(_arguments: argparse.Namespace) -> int:
    for name, find in (
        ("sPyNNaker", programs.native_python),
        (f"sPyNNaker {RELEASE}", programs.original_python),
    ):
        try:
            print(f"{name:<16} {find()}")
        except SpinnlabError:
            print(f"{name:<16} not there: spinnlab kernel add {RELEASE} makes it")
    try:
        print(f"{'sPyNNakerGit':<16} {place.read(place.default_folder()).python}")
    except SpinnlabError:
        print(f"{'sPyNNakerGit':<16} not there: spinnlab git-kernel create makes it")
    return 0


def add(arguments: argparse.Namespace) -> int:
    """Raises SpinnlabError where the packages cannot be had."""
    try:
        python = programs.original_python()
    except SpinnlabError:
        python = make_environment(arguments.release)
    kernels.register(
        Path(sys.prefix), kernels.SPYNNAKER_741, kernels.original_specification(python)
    )
    print(f"The kernel sPyNNaker {arguments.release} runs {python}")
    return 0


def make_environment(release: str) -> Path:
    """Returns the new environment's Python. A half-made environment is not left behind."""
    folder = programs.environments_folder() / programs.ORIGINAL
    lock = programs.data_file(f"requirements-original-{release}.txt")
    print(f"Making {folder} from PyPI: about 500 MB, a few minutes", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        venv.create(folder, with_pip=True)
        python = folder / "bin" / "python"
        install(python, lock)
        copy_own_packages(python)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    (folder / STAMP).write_text(lock.read_text(encoding="utf-8"), encoding="utf-8")
    return python


def install(python: Path, lock: Path) -> None:
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--no-deps"]
    done = subprocess.run([*pip, "--quiet", "--requirement", str(lock)], check=False)
    if done.returncode != 0:
        raise SpinnlabError(
            "The packages of the published sPyNNaker could not be installed.\n"
            "They come from PyPI: see that it can be reached, then run the command again."
        )


def copy_own_packages(python: Path) -> None:
    """Puts `spinnlab` and `spinnlab_original` beside the published packages."""
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    target = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    ours = Path(programs.__file__).parent
    for source, name in (
        (ours, "spinnlab"),
        (programs.data_file("spinnlab_original"), "spinnlab_original"),
    ):
        shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
    libraries = ours.parent / "spinnlab.libs"  # of the programs in a wheel
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    # What pip would have left, so that the packages know their version.
    metadata = target / f"spinnlab-{__version__}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: spinnlab\nVersion: {__version__}\n")
