# SPDX-License-Identifier: Apache-2.0
"""The published sPyNNaker on SpiNNLab's machine: boards on demand, no configuration."""

import os

__version__ = "0.1.0"


def is_bare() -> bool:
    """Whether nothing of the published packages is wrapped: `SPINNLAB_ORIGINAL_BARE=1`.

    Then only the daemon and the configuration are ours: for golden runs, comparisons and benches.
    """
    return os.environ.get("SPINNLAB_ORIGINAL_BARE", "") not in ("", "0")
