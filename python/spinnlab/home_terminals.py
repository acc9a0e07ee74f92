# SPDX-License-Identifier: Apache-2.0
"""Terminals begin in the home folder, wherever the server was started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server_terminals.terminalmanager import TerminalManager


class HomeTerminals(TerminalManager):  # type: ignore[misc]
    """Jupyter's own manager of terminals.

    JupyterLab names the folder that its list of files shows, except at the top of the list: then
    Jupyter takes the folder in which the server was started, which says nothing to a person.
    """

    def new_terminal(self, **options: Any) -> Any:
        folder = options.get("cwd")
        if not folder or Path(folder) == Path.cwd():
            options["cwd"] = str(Path.home())
        return super().new_terminal(**options)
