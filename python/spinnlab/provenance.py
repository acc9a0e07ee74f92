# SPDX-License-Identifier: Apache-2.0
"""Which SpiNNLab this is: a release, or in sPyNNakerGit the commit of the user's clone."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

from spinnlab import __version__, engine_sources
from spinnlab.programs import GIT_DESCRIPTION


class StaleEngineWarning(UserWarning):
    """The compiled engine was built from other sources than those beside it."""


def clone() -> Path | None:
    """The clone that this runs from, in sPyNNakerGit; None in a release or a source tree."""
    if not (Path(sys.prefix) / GIT_DESCRIPTION).is_file():
        return None
    tree = Path(__file__).resolve().parents[2]
    return tree if (tree / ".git").exists() else None


def version() -> str:
    """The release's version; in sPyNNakerGit with the commit, and .modified with own changes.

    Such as 0.1.0 or 0.1.0+g0123456789.modified.
    """
    tree = clone()
    if tree is None:
        return __version__
    words = ["git", "describe", "--always", "--abbrev=10", "--exclude=*", "--dirty=.modified"]
    try:
        done = subprocess.run(words, cwd=tree, capture_output=True, text=True, check=False)
    except OSError:
        return f"{__version__}+git"
    commit = done.stdout.strip()
    return f"{__version__}+g{commit}" if done.returncode == 0 and commit else f"{__version__}+git"


def check_engine() -> None:
    """In sPyNNakerGit: warns where the engine is stale; otherwise does nothing.

    Raises ImportError where it was never built.
    """
    tree = clone()
    if tree is None:
        return
    command = f"{Path(sys.prefix) / 'support' / 'automatic_make.sh'}"
    module = engine_sources.module_file(tree)
    if not module.is_file():
        raise ImportError(
            f"The engine of this environment is not built: {module} is not there.\n"
            f"In a terminal: {command}",
            name="spinnlab._core",
        )
    wanted = engine_sources.fingerprint(tree)
    if wanted is not None and engine_sources.built_from(module) != wanted:
        warnings.warn(
            f"The engine was built from other C++ sources than those in {tree}. It is what runs "
            f"until it is built again; in a terminal: {command}",
            StaleEngineWarning,
            stacklevel=2,
        )
