# SPDX-License-Identifier: Apache-2.0
"""Exceptions of SpiNNFrontEndCommon."""

from spinnlab.pynn.absent import absent_class
from spinnlab.pynn.errors import ConfigurationException


def __getattr__(name: str) -> type:
    """Other exceptions of the original: nothing raises them here."""
    if not name.endswith("Exception"):
        raise AttributeError(name)
    return absent_class(name)
