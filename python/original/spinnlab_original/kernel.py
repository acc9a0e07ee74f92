# SPDX-License-Identifier: Apache-2.0
"""The notebook kernel: `python -m spinnlab_original.kernel -f CONNECTION_FILE`."""

import sys
from pathlib import Path

from spinnlab import own_layer, prompt_kernel, releases
from spinnlab_original import start
from spinnlab_original.release import release


def main() -> None:
    """Begins the session, then is an ordinary ipykernel."""
    # As ipykernel's own launcher: the working directory comes first only inside the notebook.
    if sys.path[0] == "" or Path(sys.path[0]) == Path.cwd():
        del sys.path[0]
    own_layer.enter(releases.kernel_name(release()))
    session = start.begin()
    # Boards are free before the run that uses them has ended.
    prompt_kernel.launch(at_shutdown=session.end)


if __name__ == "__main__":
    main()
