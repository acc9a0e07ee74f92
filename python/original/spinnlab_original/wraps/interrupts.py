# SPDX-License-Identifier: Apache-2.0
"""The stop button or Ctrl-C ends a run of the published packages in one way, at any time.

By themselves they end a run on the machine by `sys.exit(1)`, which a notebook shows as advice on
how to leave Python. While they map or load, they leave the simulation in the state "running", in
which nothing can be read or ended, and keep the boards. Here the boards are given back either way,
the simulation has ended, and a notebook says so. A script still ends with exit code 1.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

STOPPED = (
    "The run was stopped. sPyNNaker has given its boards back; what this run recorded is gone. "
    "setup() begins a new simulation, in this kernel."
)


def leave_the_simulator_usable(abstract_spinnaker_base: ModuleType) -> None:
    """An interrupted run is shut down like one that failed."""
    base = abstract_spinnaker_base.AbstractSpinnakerBase
    run = base._run

    def _run(self: Any, *args: Any, **options: Any) -> None:
        try:
            run(self, *args, **options)
        except (KeyboardInterrupt, SystemExit) as stop:
            try:
                if isinstance(stop, KeyboardInterrupt):  # the other one has been there already
                    self._shutdown()
            finally:
                self._data_writer.shut_down()
            if "ipykernel" in sys.modules:
                raise KeyboardInterrupt(STOPPED) from None
            raise

    base._run = _run
