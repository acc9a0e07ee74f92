# SPDX-License-Identifier: Apache-2.0
"""`sim.__version__` says which release runs, as every other simulator of PyNN says it."""

from __future__ import annotations

from types import ModuleType


def name_the_release(simulator: ModuleType) -> None:
    """The published package has it one module further down, where no script looks."""
    import spynnaker.pyNN

    if not hasattr(simulator, "__version__"):
        simulator.__version__ = spynnaker.pyNN.__version__  # type: ignore[attr-defined]
