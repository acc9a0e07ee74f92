# SPDX-License-Identifier: Apache-2.0
"""The neurorobotics platform's server, and its place behind Jupyter: see README.md.

Imports nothing of Jupyter Server or Starlette: the commands only need what is here.
"""

from __future__ import annotations

import os
import sys

#: Where the platform is on a person's own computer, and its number behind Jupyter.
PORT = 9000
#: Where people land on the page, as on the original platform.
PRIVATE = "#/esv-private"
#: Path of the page behind a notebook server, below its base address.
PAGE = f"proxy/{PORT}/{PRIVATE}"
#: A path before which Jupyter puts its base address, and what hands it on.
PROXY = f"/proxy/{PORT}"
#: "1": who has reached the platform is signed in; else the form asks.
SINGLE_SIGN_ON = "SPINNLAB_ROBOTICS_SINGLE_SIGN_ON"
#: The process whose end ends a platform that is started below it: the notebook server.
ENDS_WITH = "SPINNLAB_ROBOTICS_ENDS_WITH"
#: The interpreter of the notebook server, which has what the platform needs; a kernel's has not.
SERVER_PYTHON = "SPINNLAB_SERVER_PYTHON"
#: Name of the cookie of who is signed in.
COOKIE = "spinnlab-robotics"
#: Who may do this in the notebook server may start the platform and use it.
RESOURCE = "terminals"
#: Service of Jupyter Server that has the proxy and starts the platform.
SERVICE = "spinnlab.robotics.handlers"


def below_server() -> dict[str, str]:
    """What the environment of terminals and kernels says, below the server that this process is."""
    return {ENDS_WITH: str(os.getpid()), SERVER_PYTHON: sys.executable}
