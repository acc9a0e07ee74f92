# SPDX-License-Identifier: Apache-2.0
"""`support/automatic_make.sh`: builds the compiled parts of the clones, within 2 GiB of memory.

The C++ engine of our own repository by CMake and Ninja, with the compiler cache where there is one;
folders that the configuration names by make. All that is built stays in the clones, so no other
environment changes. The first error ends it.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from spinnlab import engine_sources
from spinnlab.errors import SpinnlabError
from spinnlab.git_kernel.place import Place

#: What all processes of a build may take together.
MEMORY_BYTES = 2 << 30
#: Most that the compiler takes for one file of the engine, with a margin; measured: see 0025.
FILE_BYTES = 1 << 30


class BuildError(SpinnlabError):
    """A build failed; the text names the folder."""


def build(place: Place, jobs: int | None, say: Callable[[str], None]) -> None:
    """Builds everything, in the order of the configuration. Output of the tools goes to the
    terminal.

    `jobs`: compilers at a time; None: as many as there are processors, and fit into MEMORY_BYTES.
    Raises BuildError at the first folder that fails.
    """
    at_a_time = jobs or max(1, min(os.cpu_count() or 1, MEMORY_BYTES // FILE_BYTES))
    for source in place.sources:
        clone = place.clone(source)
        if not clone.is_dir():
            raise BuildError(f"{clone} is not there. Put it back: git clone {source.url} {clone}")
        if source.is_engine:
            _build_engine(place, clone, at_a_time, say)
        for path in source.make:
            folder = clone / path
            say(f"== make in {folder}")
            _run(["make", "-j", str(at_a_time)], folder, at_a_time, place.environment())


def _build_engine(place: Place, tree: Path, jobs: int, say: Callable[[str], None]) -> None:
    module = engine_sources.module_file(tree)
    wanted = engine_sources.fingerprint(tree)
    # Warnings of the user's compiler about the user's changes are no reason to stop.
    configure = [
        *("cmake", "--preset", "release", "--log-level=WARNING"),
        *("-DSPINNLAB_TESTS=OFF", "-DSPINNLAB_BENCHES=OFF", "-DSPINNLAB_WARNINGS_AS_ERRORS=OFF"),
        f"-DSPINNLAB_PYTHON={_build_python(place)}",
    ]
    say(f"== the C++ engine in {tree}, {jobs} at a time")
    if shutil.which("ccache") is None:
        say("   without a compiler cache: no program ccache here")
    # The compiler's cache must know the same file in another folder.
    environment = {"CCACHE_BASEDIR": str(tree), "CCACHE_NOHASHDIR": "1"}
    _run(configure, tree, jobs, environment, quiet=True)
    _run(
        ["cmake", "--build", "build/release", "--target", "spinnlab_core", "--parallel", str(jobs)],
        tree, jobs, environment,
    )  # fmt: skip
    _check_module(place, tree, module)
    if wanted is not None and engine_sources.built_from(module) != wanted:
        raise BuildError(
            f"{tree}: the sources changed during the build. Run automatic_make.sh again."
        )


def _build_python(place: Place) -> Path:
    """An interpreter with nanobind, which the module is made with."""
    for python in (place.python, Path(place.release_python)):
        asked = [str(python), "-c", "import nanobind"]
        if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            return python
    raise BuildError(
        f"{place.engine_tree}: the engine is built with nanobind, which is not installed.\n"
        f"Put it into this environment: {place.folder / 'bin' / 'pip'} install nanobind==3.1.0"
    )


def _check_module(place: Place, tree: Path, module: Path) -> None:
    tried = subprocess.run(
        [str(place.python), "-c", "import spinnlab._core"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if tried.returncode != 0:
        raise BuildError(
            f"{tree}: {module} was built, but cannot be loaded.\n{tried.stderr.strip()[-2000:]}"
        )


def _run(
    words: Sequence[str], folder: Path, jobs: int, variables: Mapping[str, str], quiet: bool = False
) -> None:
    """Runs a tool whose processes cannot take more than MEMORY_BYTES with `jobs` at a time."""
    most = MEMORY_BYTES // jobs
    if not folder.is_dir():
        raise BuildError(f"{folder} is not there; git-kernel.toml names it.")
    if shutil.which(words[0]) is None:
        raise BuildError(
            f"{folder}: the program {words[0]} is missing. On Debian: sudo apt-get install "
            "build-essential cmake ninja-build ccache gcc-arm-none-eabi"
        )
    sys.stdout.flush()
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if quiet else None,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)),
        check=False,
    )
    if done.returncode == 0:
        return
    less = (
        f"\nIf the compiler says that memory is exhausted: a process has {most >> 20} MiB here, "
        "and twice as much with --jobs 1."
        if jobs > 1
        else ""
    )
    raise BuildError(
        f"{folder}: {words[0]} ended with exit code {done.returncode}; what is wrong stands above. "
        f"Nothing behind it was built.{less}"
    )
