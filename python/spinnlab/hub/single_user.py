# SPDX-License-Identifier: Apache-2.0
"""JupyterHub's single-user server, with the cookies of a hub that another site's page may show."""

from __future__ import annotations

from jupyterhub.singleuser import main

from spinnlab import lab_server
from spinnlab.hub.cookies import allow_partitioned_cookies
from spinnlab.server_end import ends

if __name__ == "__main__":
    allow_partitioned_cookies()
    lab_server.load()
    with ends():
        main()
