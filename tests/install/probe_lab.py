# SPDX-License-Identifier: Apache-2.0
"""Starts `make lab` in the present folder, asks what its page would ask, and stops it.

Runs beside the lab, since the lab may stand in a network namespace of its own. Prints one line of
JSON: the page of the address, the installed kernels, the kernel of the notebook that it opens.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

LOG = Path.home() / "lab.log"
WAIT_S = 1800

with LOG.open("w") as output:
    server = subprocess.Popen(["make", "lab"], stdout=output, stderr=output, start_new_session=True)
try:
    deadline = time.monotonic() + WAIT_S
    found = None
    while not found and server.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
        found = re.search(r"(http://127\.0\.0\.1:\d+)(/lab\S*)\?token=(\w+)", LOG.read_text())
    if not found:
        sys.exit(f"make lab printed no address:\n{LOG.read_text()[-4000:]}")
    host, page, token = found.groups()

    def ask(what: str) -> dict:
        with urllib.request.urlopen(f"{host}/api/{what}?token={token}", timeout=60) as answer:
            return json.load(answer)

    notebook = ask(f"contents/{page.rsplit('/', 1)[1]}")["content"]
    print(
        json.dumps(
            {
                "page": page,
                "kernels": sorted(ask("kernelspecs")["kernelspecs"]),
                "kernel": notebook["metadata"]["kernelspec"]["name"],
            }
        )
    )
finally:
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)
