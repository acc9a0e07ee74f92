# SPDX-License-Identifier: Apache-2.0
"""Exceptions of the native way, under the names that sPyNNaker's users know.

Those of the compiled core (`spinnlab._core`) carry `way_out`; they pass through unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from pyNN.errors import NonExistentParameterError, RecordingError

from spinnlab import _core
from spinnlab.errors import OTHER_KERNEL


class SpiNNUtilsException(Exception):  # noqa: N818  the name is the original's
    """Root of the errors about when something is done."""


class SimulatorNotSetupException(SpiNNUtilsException):
    """Something needs `setup()` first."""


class SimulatorRunningException(SpiNNUtilsException):
    """Something cannot be done while the simulation runs."""


class SimulatorShutdownException(SpiNNUtilsException):
    """Something cannot be done after `end()`."""


class RunStoppedError(KeyboardInterrupt):
    """The stop button or Ctrl-C has ended a run; its text says where, and what is kept."""


class RunLimitError(SpiNNUtilsException):
    """A run has taken the wall time that an administrator allows; says what is kept."""


if TYPE_CHECKING:

    class SpynnakerException(Exception):  # noqa: N818
        """Root of the errors about networks."""

else:
    #: Root of the errors about networks: those of the compiled core are sPyNNaker's, too.
    SpynnakerException = _core.Error
    SpynnakerException.__name__ = SpynnakerException.__qualname__ = "SpynnakerException"
    SpynnakerException.__module__ = "spynnaker.pyNN.exceptions"


class SpinnFrontEndException(Exception):  # noqa: N818
    """Root of SpiNNFrontEndCommon's errors."""


class ConfigurationException(SpinnFrontEndException):
    """A value or combination that cannot be."""


class SynapticConfigurationException(ConfigurationException):
    """A projection that cannot be."""


class InvalidParameterType(SpynnakerException):
    """A parameter of a type that has no meaning."""


class DelayExtensionException(ConfigurationException):
    """A delay that is too long for a population that allows no delay cores."""


class UnknownParameterError(NonExistentParameterError, TypeError):
    """A cell type is given a parameter that it does not have."""


class UnknownStateError(ConfigurationException, KeyError):
    """A state variable that a cell type does not have."""

    __str__ = Exception.__str__


class UnknownVariableError(RecordingError, KeyError):
    """A variable that a cell type cannot record."""


class OutputFileError(OSError):
    """Files that end() could not write."""


def not_there(what: str) -> NoReturn:
    """Raises NotImplementedError for something that only the original has."""
    raise NotImplementedError(f"{what} is not in the native way yet. {OTHER_KERNEL}")


def nowhere(what: str) -> NoReturn:
    """Raises NotImplementedError for something that the original does not have either."""
    raise NotImplementedError(f"{what} is neither in the native way nor in sPyNNaker 7.4.1.")


def not_set_up(what: str) -> SimulatorNotSetupException:
    """The error for something done too early; shows the missing line."""
    return SimulatorNotSetupException(
        f"{what} needs a simulation that is set up. Put this line before it:\n"
        "    sim.setup(timestep=1.0)"
    )
