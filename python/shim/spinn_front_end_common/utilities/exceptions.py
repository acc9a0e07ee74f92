# SPDX-License-Identifier: Apache-2.0
"""Exceptions of SpiNNFrontEndCommon."""

from spinnlab.pynn.absent import absent_exception
from spinnlab.pynn.errors import ConfigurationException, SpinnFrontEndException


class RallocException(SpinnFrontEndException):
    """Never raised here."""


class ExecutableFailedToStartException(SpinnFrontEndException):
    """Never raised here: no binary is loaded."""


class ExecutableFailedToStopException(SpinnFrontEndException):
    """Never raised here: no binary is loaded."""


class ExecutableNotFoundException(SpinnFrontEndException):
    """Never raised here: no binary is loaded."""


class BufferableRegionTooSmall(SpinnFrontEndException):
    """Never raised here: recordings need no space on a chip."""


class BufferedRegionNotPresent(SpinnFrontEndException):
    """Never raised here."""


class CantFindSDRAMToUseException(SpinnFrontEndException):
    """Never raised here: a network that does not fit is a PacmanException."""


class DsDatabaseException(SpinnFrontEndException):
    """Never raised here."""


class DatabaseException(SpinnFrontEndException):
    """Never raised here."""


class DataSpecException(SpinnFrontEndException):
    """Never raised here."""


def __getattr__(name: str) -> type:
    """Other exceptions of the original: nothing raises them here."""
    if not name.endswith("Exception"):
        raise AttributeError(name)
    return absent_exception(name)
