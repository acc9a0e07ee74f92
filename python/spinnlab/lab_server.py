# SPDX-License-Identifier: Apache-2.0
"""JupyterLab's server, half a second sooner: `python -m spinnlab.lab_server` for `-m jupyterlab`.

JupyterLab asks Node.js for yarn's settings whenever it is imported, for building extensions, which
nobody does with it here. Where it finds no Node.js it does not ask; so it finds none while it is
imported.
"""

from __future__ import annotations

import sys
from typing import Any

from spinnlab.server_end import ends


def _no_program(_command: str, *_: Any) -> str:
    raise ValueError("not looked for")  # what JupyterLab's own search raises


def load() -> Any:
    """Imports jupyterlab.labapp; the module."""
    from jupyterlab import commands

    search = getattr(commands, "which", None)
    commands.which = _no_program
    try:
        from jupyterlab import labapp
    finally:
        commands.which = search
    return labapp


if __name__ == "__main__":
    with ends():
        sys.exit(load().main())
