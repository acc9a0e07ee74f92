# SPDX-License-Identifier: Apache-2.0
"""Settings of all populations of a model that are made later: neurons a core, delay cores."""

from __future__ import annotations

import logging
import math
from typing import Any

from pyNN.models import BaseCellType

from spinnlab import _core
from spinnlab.pynn import absent, simulator
from spinnlab.pynn.errors import ConfigurationException, SpynnakerException

logger = logging.getLogger("spinnlab")

#: What 7.4.1 calls models that have another name here.
OTHER_NAMES = {"IFCurDelta": "IF_curr_delta"}
#: Sources of a Poisson population on a core.
MOST_SOURCES = 500
MOST_SYNAPSE_CORES = 15


def neurons_a_core(what: str, given: Any) -> int:
    """A number of neurons, or the product of a tuple of them for a grid; fractions are cut off."""
    numbers = given if isinstance(given, tuple | list) else (given,)
    try:
        number = math.prod(int(n) for n in numbers) if numbers else 0
    except (TypeError, ValueError, OverflowError):
        number = 0
    if isinstance(given, bool) or number < 1:
        raise ConfigurationException(
            f"{what}: {given!r} neurons a core: give a whole number from 1, or a tuple for a grid."
        )
    return number


def set_number_of_neurons_per_core(neuron_type: Any, max_permitted: Any) -> None:
    """At most so many neurons of this model on a core; a tuple for grids, None: the default."""
    state = simulator.state
    state.require_setup("set_number_of_neurons_per_core()")
    name = _model_name("set_number_of_neurons_per_core()", neuron_type)
    if max_permitted is None:
        state.neurons_per_core.pop(name, None)
    else:
        number = neurons_a_core(name, max_permitted)
        if name == "SpikeSourcePoisson" and number > MOST_SOURCES:
            raise SpynnakerException(f"{name}: {number} a core, {MOST_SOURCES} is the most.")
        state.neurons_per_core[name] = number
    if state.populations:
        logger.warning("set_number_of_neurons_per_core() is for populations made after it")


def set_number_of_synapse_cores(model: Any, n_synapse_cores: Any) -> None:
    """Only the mapping of the original knows synapse cores; results do not depend on them."""
    simulator.state.require_setup("set_number_of_synapse_cores()")
    name = _model_name("set_number_of_synapse_cores()", model)
    if n_synapse_cores is None:
        return
    try:
        number = int(n_synapse_cores)
    except (TypeError, ValueError, OverflowError):
        number = -1
    if not 0 <= number <= MOST_SYNAPSE_CORES:
        raise ConfigurationException(
            f"{name}: {n_synapse_cores!r} synapse cores: give a whole number from 0 to "
            f"{MOST_SYNAPSE_CORES}."
        )


def set_allow_delay_extensions(model: Any, allow: bool) -> None:
    """Whether inputs of this model may have delays that need a delay core."""
    simulator.state.require_setup("set_allow_delay_extensions()")
    name = _model_name("set_allow_delay_extensions()", model)
    simulator.state.delay_extensions[name] = bool(allow)


def _model_name(what: str, model: Any) -> str:
    """The name of a cell type, given as a class, an instance or a text."""
    if isinstance(model, str):
        name = OTHER_NAMES.get(model, model)
        known = [*(info.name for info in _core.models()), "SpikeSourceArray", "SpikeSourcePoisson"]
        if name not in (*known, *absent.EXTRA_MODELS, *absent.EXTERNAL_DEVICES):
            raise ConfigurationException(
                f"{what}: there is no model {model!r}; there are {', '.join(known)}."
            )
        return name
    kind = model if isinstance(model, type) else type(model)
    if not issubclass(kind, BaseCellType) and not absent.is_absent(kind):
        raise ConfigurationException(
            f"{what}: {model!r} is no cell type: give a class such as IF_curr_exp."
        )
    return kind.__name__


class ModelSettings:
    """The same settings as class methods of cell types, as sPyNNaker has them."""

    @classmethod
    def set_model_max_atoms_per_dimension_per_core(cls, n_atoms: Any = None) -> None:
        """As set_number_of_neurons_per_core(), for this model."""
        set_number_of_neurons_per_core(cls, n_atoms)

    @classmethod
    def set_model_n_synapse_cores(cls, n_synapse_cores: Any = None) -> None:
        """As set_number_of_synapse_cores(), for this model."""
        set_number_of_synapse_cores(cls, n_synapse_cores)

    @classmethod
    def set_model_allow_delay_extensions(cls, allow_delay_extensions: bool = True) -> None:
        """As set_allow_delay_extensions(), for this model."""
        set_allow_delay_extensions(cls, allow_delay_extensions)
