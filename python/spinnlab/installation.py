# SPDX-License-Identifier: Apache-2.0
"""Whether the modules that scripts import are ours: the published sPyNNaker has the same names.

Both in one environment end in whichever Python finds first, or in a mixture of files. `check()`
finds that before a script does, `REPAIR` says what to do.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from spinnlab.errors import OTHER_KERNEL, SpinnlabError

#: Packages of ours that stand in for the published ones (python/shim).
SHIM = (
    "spynnaker", "spynnaker8", "spynnaker7", "spinn_utilities", "spinn_front_end_common", "pacman",
    "spinnaker_testbase",
)  # fmt: skip
#: What PyPI calls the packages that collide.
PUBLISHED = (
    "sPyNNaker", "sPyNNaker8", "sPyNNaker7", "SpiNNUtilities", "SpiNNFrontEndCommon",
    "SpiNNaker_PACMAN", "SpiNNaker_TestBase",
)  # fmt: skip
REPAIR = (
    "The published packages cannot stand beside the native way. Remove them with\n"
    "    pip uninstall {packages}\n"
    "and install SpiNNLab again ('make deps' in the source tree, 'pip install --force-reinstall "
    "spinnlab' elsewhere).\n" + OTHER_KERNEL
)


class ForeignInstallationError(SpinnlabError):
    """Modules of the published sPyNNaker are where ours should be."""


def check() -> None:
    """Raises ForeignInstallationError that names the files and the repair."""
    foreign = [
        f"  {name}: {place}" for name in SHIM if (place := _place(name)) and not _ours(place)
    ]
    published = [name for name in PUBLISHED if _is_installed(name)]
    if not foreign and not published:
        return
    found = "\n".join([*foreign, *(f"  the package {name}" for name in published)])
    raise ForeignInstallationError(
        f"Another sPyNNaker is in this environment:\n{found}\n"
        + REPAIR.format(packages=" ".join(published or PUBLISHED))
    )


def _place(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin) if spec and spec.origin else None


def _ours(file: Path) -> bool:
    return "spinnlab" in file.read_text(encoding="utf-8", errors="replace").lower()


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


class _Refused:
    """A finder that stands first: importing another sPyNNaker says what is wrong with it."""

    def __init__(self, why: ForeignInstallationError) -> None:
        self.why = why

    def find_spec(
        self, name: str, _path: object = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in SHIM:
            raise ImportError(str(self.why), name=name)
        return None


def refuse(why: ForeignInstallationError) -> None:
    """From now on importing one of the names that collide raises ImportError with that text."""
    sys.meta_path.insert(0, _Refused(why))
