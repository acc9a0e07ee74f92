# SPDX-License-Identifier: Apache-2.0
"""`spinnlab hub upgrade`: JupyterHub's data base for this version; the way back is open."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from alembic.script import ScriptDirectory
from jupyterhub.dbutil import ALEMBIC_DIR

from spinnlab.errors import SpinnlabError
from spinnlab.hub import backup
from spinnlab.hub.hub_config import HERE
from spinnlab.hub.settings import HubSettings


class UpgradeError(SpinnlabError):
    """The upgrade failed and everything is as before; the text has JupyterHub's words."""


def is_needed(hub: HubSettings) -> bool:
    """Whether the data base is of another version of JupyterHub, which refuses to start then."""
    file = hub.folder / "hub.sqlite"
    if not file.exists():
        return False
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as base:
        try:
            (version,) = base.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:  # no such table yet: nobody has started this hub
            return False
    return version not in ScriptDirectory(ALEMBIC_DIR).get_heads()


def run(hub: HubSettings) -> str:
    """Saves everything, upgrades, and puts it back if that fails. Returns a line for the person."""
    saved = backup.make(hub.folder)
    programs = Path(sys.executable).parent
    result = subprocess.run(
        [
            *(sys.executable, "-m", "jupyterhub", "upgrade-db"),
            *("--config", str(HERE / "jupyterhub_config.py")),
        ],
        env={
            **os.environ, "SPINNLAB_HUB": str(hub.folder),
            # JupyterHub calls the program alembic by its name.
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode != 0:
        kept = saved.with_name("before-failed-upgrade.tar.gz")
        saved.replace(kept)
        backup.restore(hub.folder, kept)
        printed = (result.stdout + result.stderr).splitlines()
        # alembic's own reason, if it gave one; else the end of what JupyterHub said.
        reasons = [line for line in printed if "FAILED" in line] or printed[-6:]
        words = "\n".join(reasons)
        raise UpgradeError(
            f"The data base could not be upgraded, and everything was put back:\n{words}"
        )
    return f"The data base is up to date; what was before is in {saved}"
