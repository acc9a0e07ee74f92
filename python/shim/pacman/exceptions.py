# SPDX-License-Identifier: Apache-2.0
"""What PACMAN raises is one error here: the network does not fit."""

from spinnlab._core import CapacityError as PacmanConfigurationException
from spinnlab._core import CapacityError as PacmanPartitionException
from spinnlab._core import CapacityError as PacmanPlaceException
from spinnlab._core import CapacityError as PacmanTooBigToPlace

__all__ = [
    "PacmanConfigurationException",
    "PacmanPartitionException",
    "PacmanPlaceException",
    "PacmanTooBigToPlace",
]
