# SPDX-License-Identifier: Apache-2.0
"""What PACMAN raises is one error here: the network does not fit."""

from spinnlab._core import CapacityError as MinimisationFailedError
from spinnlab._core import CapacityError as PacmanConfigurationException
from spinnlab._core import CapacityError as PacmanException
from spinnlab._core import CapacityError as PacmanPartitionException
from spinnlab._core import CapacityError as PacmanPlaceException
from spinnlab._core import CapacityError as PacmanRouteInfoAllocationException
from spinnlab._core import CapacityError as PacmanRoutingException
from spinnlab._core import CapacityError as PacmanTooBigToPlace
from spinnlab._core import CapacityError as PacmanValueError
from spinnlab.pynn.absent import absent_exception


def __getattr__(name: str) -> type:
    """Other exceptions of the original: nothing raises them here."""
    if not name.endswith(("Exception", "Error")) and name != "MachineHasDisconnectedSubRegion":
        raise AttributeError(name)
    return absent_exception(name)
