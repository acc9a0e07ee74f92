# SPDX-License-Identifier: Apache-2.0
"""The notebook kernel of the native way: `python -m spinnlab.native_kernel -f CONNECTION_FILE`."""

# Imports nothing of `spinnlab.pynn`: a kernel sets up plotting before PyNN may import it.
from __future__ import annotations

import sys
from pathlib import Path

from spinnlab import installation, own_layer, prompt_kernel


def main() -> None:
    """An ordinary ipykernel, in an environment that is as it should be."""
    # As ipykernel's own launcher: the working directory comes first only inside the notebook.
    if sys.path[0] == "" or Path(sys.path[0]) == Path.cwd():
        del sys.path[0]
    own_layer.enter("spynnaker")
    try:
        installation.check()
    except installation.ForeignInstallationError as error:
        # A kernel that does not start shows nothing in the notebook: the first import says it.
        installation.refuse(error)
    prompt_kernel.launch()


if __name__ == "__main__":
    main()
