# SPDX-License-Identifier: Apache-2.0
"""Exceptions about when something is done."""

from spinnlab.pynn.errors import (
    SimulatorNotSetupException,
    SimulatorRunningException,
    SimulatorShutdownException,
    SpiNNUtilsException,
)
