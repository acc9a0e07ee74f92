# SPDX-License-Identifier: Apache-2.0
"""Terminals begin in the home folder, wherever the server was started, and know `spinnlab`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from jupyter_server_terminals.terminalmanager import TerminalManager

#: What bash reads instead of the files of a login shell; it reads those itself.
RC_FILE = Path(__file__).with_name("terminal.bashrc")


class HomeTerminals(TerminalManager):  # type: ignore[misc]
    """Jupyter's own manager of terminals.

    JupyterLab names the folder that its list of files shows, except at the top of the list: then
    Jupyter takes the folder in which the server was started, which says nothing to a person.
    """

    def new_terminal(self, **options: Any) -> Any:
        folder = options.get("cwd")
        if not folder or Path(folder) == Path.cwd():
            options["cwd"] = str(Path.home())
        match self.shell_command:
            case [shell, "-l"] if Path(shell).name == "bash":  # not what somebody has set
                options["shell_command"] = [shell, "--rcfile", str(RC_FILE), "-i"]
        command = str(Path(sys.executable).with_name("spinnlab"))
        options["extra_env"] = {**(options.get("extra_env") or {}), "SPINNLAB_COMMAND": command}
        return super().new_terminal(**options)
