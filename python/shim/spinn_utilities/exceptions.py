# SPDX-License-Identifier: Apache-2.0
"""Exceptions about when something is done, and about configuration."""

from spinnlab.pynn.absent import absent_class
from spinnlab.pynn.errors import ConfigurationException as ConfigException
from spinnlab.pynn.errors import (
    SimulatorNotSetupException,
    SimulatorRunningException,
    SimulatorShutdownException,
    SpiNNUtilsException,
)
from spinnlab.pynn.errors import SimulatorNotSetupException as NotSetupException


def __getattr__(name: str) -> type:
    """Other exceptions of the original: nothing raises them here."""
    if not name.endswith("Exception"):
        raise AttributeError(name)
    return absent_class(name)
