# SPDX-License-Identifier: Apache-2.0
"""Exceptions by sPyNNaker's names."""

from spinnlab._core import CapacityError as SynapseRowTooBigException
from spinnlab.pynn.absent import absent_exception
from spinnlab.pynn.errors import (
    ConfigurationException,
    DelayExtensionException,
    InvalidParameterType,
    SpynnakerException,
    SynapticConfigurationException,
)


class MemReadException(SpynnakerException):
    """Never raised here: no machine's memory is read."""


class FilterableException(SpynnakerException):
    """Never raised here."""


class SynapticBlockGenerationException(ConfigurationException):
    """Never raised here."""


class SynapticBlockReadException(ConfigurationException):
    """Never raised here."""


class SynapticMaxIncomingAtomsSupportException(ConfigurationException):
    """Never raised here."""


class SpynnakerSplitterConfigurationException(ConfigurationException):
    """Never raised here."""


def __getattr__(name: str) -> type:
    """Other exceptions of the original: nothing raises them here."""
    if not name.endswith("Exception"):
        raise AttributeError(name)
    return absent_exception(name)
