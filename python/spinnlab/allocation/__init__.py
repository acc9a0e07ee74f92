# SPDX-License-Identifier: Apache-2.0
"""Boards on demand: find or start the daemon `spallocd`, and hold a lease on it.

`acquire()` is all that a kernel, a script or a test needs. While the returned `Lease` is open the
daemon stays up; when its process ends, however it ends, the daemon frees the process's boards at
once and stops a little later when nobody else is left.
"""

from spinnlab.allocation.daemon import Daemon, find_or_start
from spinnlab.allocation.lease import Lease, acquire, unique_owner
from spinnlab.allocation.runtime import runtime_folder
from spinnlab.errors import AllocationError

__all__ = [
    "AllocationError",
    "Daemon",
    "Lease",
    "acquire",
    "find_or_start",
    "runtime_folder",
    "unique_owner",
]
