# SPDX-License-Identifier: Apache-2.0
"""`spinnlab hub upgrade`: JupyterHub's data base for this version; the way back is open."""

from __future__ import annotations

import os
import subprocess
import sys

from spinnlab.errors import SpinnlabError
from spinnlab.hub import backup
from spinnlab.hub.hub_config import HERE
from spinnlab.hub.settings import HubSettings


class UpgradeError(SpinnlabError):
    """The upgrade failed and everything is as before; the text has JupyterHub's words."""


def run(hub: HubSettings) -> str:
    """Saves everything, upgrades, and puts it back if that fails. Returns a line for the person."""
    saved = backup.make(hub.folder)
    result = subprocess.run(
        [
            *(sys.executable, "-m", "jupyterhub", "upgrade-db"),
            *("--config", str(HERE / "jupyterhub_config.py")),
        ],
        env={**os.environ, "SPINNLAB_HUB": str(hub.folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode != 0:
        kept = saved.with_name("before-failed-upgrade.tar.gz")
        saved.replace(kept)
        backup.restore(hub.folder, kept)
        words = "\n".join(result.stderr.splitlines()[-6:])
        raise UpgradeError(
            f"The data base could not be upgraded, and everything was put back:\n{words}"
        )
    return f"The data base is up to date; what was before is in {saved}"
