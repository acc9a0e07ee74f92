# SPDX-License-Identifier: Apache-2.0
"""Names of Python's types that NumPy had until 1.24, for scripts that still write np.int."""

from __future__ import annotations

import logging
import site
import sys
import sysconfig
from collections.abc import Callable
from typing import Any

import numpy as np

logger = logging.getLogger("spinnlab")

#: What np.NAME was: Python's own type.
ALIASES: dict[str, type] = {
    "bool": bool, "complex": complex, "float": float, "int": int, "long": int, "object": object,
    "str": str, "unicode": str,
}  # fmt: skip
_told: set[str] = set()


def _folders_of_packages() -> tuple[str, ...]:
    """Where installed code lies: there a missing name stays missing, since libraries ask for it."""
    paths = sysconfig.get_paths()
    return (
        *(paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *site.getsitepackages(),
        site.getusersitepackages(),
    )


def serve_scripts() -> None:
    """From now on np.int and its like work in scripts and notebooks, with one line for each."""
    missing: Callable[[str], Any] = np.__dict__["__getattr__"]
    if getattr(missing, "serves_scripts", False):
        return
    packages = _folders_of_packages()

    def __getattr__(name: str) -> Any:
        asking = sys._getframe(1).f_code.co_filename
        if name not in ALIASES or asking.startswith((*packages, "<frozen")):
            return missing(name)
        if name not in _told:
            _told.add(name)
            plain = ALIASES[name].__name__
            logger.warning("np.%s left NumPy in 1.24: %s is taken, write that", name, plain)
        return ALIASES[name]

    __getattr__.serves_scripts = True
    np.__dict__["__getattr__"] = __getattr__
