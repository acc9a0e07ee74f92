# SPDX-License-Identifier: Apache-2.0
"""Exceptions about when something is done, and about configuration."""

from spinnlab.pynn.absent import absent_exception
from spinnlab.pynn.errors import ConfigurationException as ConfigException
from spinnlab.pynn.errors import (
    SimulatorNotSetupException,
    SimulatorRunningException,
    SimulatorShutdownException,
    SpiNNUtilsException,
)
from spinnlab.pynn.errors import SimulatorNotSetupException as NotSetupException


class UnexpectedStateChange(SpiNNUtilsException):
    """Never raised here."""


class InvalidDirectory(SpiNNUtilsException):
    """Never raised here."""


class DataNotYetAvialable(SpiNNUtilsException):
    """Never raised here: before a run data are empty. The spelling is the original's."""


class DataNotMocked(DataNotYetAvialable):
    """Never raised here."""


class ShutdownException(SpiNNUtilsException):
    """Never raised here: see SimulatorShutdownException."""


class SimulatorNotRunException(SpiNNUtilsException):
    """Never raised here."""


class IllegalWriterException(SpiNNUtilsException):
    """Never raised here."""


class UnexpectedCException(SpiNNUtilsException):
    """Never raised here."""


def __getattr__(name: str) -> type:
    """Other exceptions of the original: nothing raises them here."""
    if not name.endswith("Exception"):
        raise AttributeError(name)
    return absent_exception(name)
