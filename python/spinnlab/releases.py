# SPDX-License-Identifier: Apache-2.0
"""The releases of the published sPyNNaker: how what is ours for each of them is called.

Every release has an environment, `original-X.Y.Z`, and a kernel of the remote service's own name,
`spynnaker_X.Y.Z`, so that a notebook from there opens here in the same release.
"""

from __future__ import annotations

import os
import re

from spinnlab import programs

#: The one that comes with the source tree, and that `spinnlab run --original` means.
USUAL = programs.USUAL_RELEASE
#: Those that were run on emulated boards, with the packages that are pinned for them.
TRIED = ("7.4.1", "7.4.0", "7.3.0", "7.2.1")
NAME = re.compile(r"\d+\.\d+\.\d+")
KERNEL = re.compile(r"spynnaker_(\d+\.\d+\.\d+)", re.IGNORECASE)


def kernel_name(release: str) -> str:
    """Name of the folder of the kernel's specification; notebooks refer to it."""
    return f"spynnaker_{release}"


def display_name(release: str) -> str:
    return f"sPyNNaker {release}"


def of_kernel(name: str) -> str | None:
    """The release that a kernel's name means; None for other kernels."""
    found = KERNEL.fullmatch(name)
    return found[1] if found else None


def order(release: str) -> tuple[int, ...]:
    """A key that sorts releases, oldest first."""
    return tuple(int(part) for part in release.split("."))


def installed() -> list[str]:
    """Releases whose environment is there, newest first."""
    begin = programs.original_environment("")
    found = [
        python.parent.parent.name.removeprefix(begin)
        for python in programs.environments_folder().glob(f"{begin}*/bin/python")
        if os.access(python, os.X_OK)
    ]
    return sorted((one for one in found if NAME.fullmatch(one)), key=order, reverse=True)
