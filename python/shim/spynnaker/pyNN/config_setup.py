# SPDX-License-Identifier: Apache-2.0
"""What sPyNNaker's tests call before anything else."""

from spinnlab.pynn import simulator


def unittest_setup() -> None:
    """Forgets the simulation of before."""
    simulator.new_state()
