# SPDX-License-Identifier: Apache-2.0
"""What populations and views are made of, checked: sizes, cell types, options, selectors."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from pyNN import space
from pyNN.errors import InvalidDimensionsError, InvalidParameterValueError
from pyNN.models import BaseCellType
from pyNN.parameters import LazyArray

from spinnlab.pynn import simulator, splitters
from spinnlab.pynn.errors import ConfigurationException
from spinnlab.pynn.model_settings import ModelSettings, neurons_a_core

logger = logging.getLogger("spinnlab")

#: Options of sPyNNaker that the native way takes over.
OPTIONS = (
    "neurons_per_core",
    "spikes_per_second",
    "ring_buffer_sigma",
    "max_expected_summed_weight",
    "n_steps_per_timestep",
    "n_colour_bits",
    "n_synapse_cores",
    "allow_delay_extensions",
    "seed",
    "max_rate",
)
#: Those that are whole numbers, and their ranges.
WHOLE_OPTIONS = {
    "neurons_per_core": (1, 2**31),
    "n_steps_per_timestep": (1, 10_000),
    "n_colour_bits": (0, 8),
    "n_synapse_cores": (0, 15),
    "seed": (0, 2**64 - 1),
}
#: Neurons are counted in 32 bits.
MOST_NEURONS = 2**31
#: The million-core machine has 57,600 chips, each with 17 cores for neurons.
MOST_CORES = 57_600 * 17
MOST_A_CORE, MOST_SOURCES_A_CORE = 256, 500
#: Options that have no meaning without hardware.
IGNORED_OPTIONS = (
    "incoming_spike_buffer_size",
    "drop_late_spikes",
    "port",
    "virtual_key",
    "reserve_reverse_ip_tag",
)


#: What a parameter or state variable may be.
VALUES = (
    "Give a number, one for each cell, a RandomDistribution, or a function of the cell's index."
)


def evaluated(label: str, name: str, lazy: LazyArray) -> Any:
    """The values of a parameter; PyNN's error for what is no number."""
    try:
        value = lazy.evaluate(simplify=True)
    except Exception as error:  # functions of scripts raise anything
        raise InvalidParameterValueError(
            f"{label}: {name}: {type(error).__name__}: {error}. {VALUES}"
        ) from error
    if isinstance(value, np.ndarray) and value.ndim and value.shape != lazy.shape:
        raise InvalidDimensionsError(
            f"{label}: {name}: {len(value):,} values for {lazy.shape[0]:,} cells. {VALUES}"
        )
    return value


def give_length(label: str, values: Any, n: int) -> None:
    """Fits the values of a ParameterSpace to so many cells."""
    for name in values.keys():  # noqa: SIM118  PyNN's is no dictionary
        shape = values[name].shape
        if shape not in (None, (1,), (n,)):
            raise InvalidDimensionsError(
                f"{label}: {name}: {shape[0]:,} values for {n:,} cells. {VALUES}"
            )
    values.shape = (n,)


@contextmanager
def values_of(label: str, names: Iterable[str]) -> Iterator[None]:
    """Errors of PyNN about these values name the population."""
    try:
        yield
    except (InvalidParameterValueError, InvalidDimensionsError, TypeError, ValueError) as error:
        own = (InvalidParameterValueError, InvalidDimensionsError)
        if isinstance(error, ConfigurationException) or str(error).startswith(f"{label}: "):
            raise
        kind = type(error) if isinstance(error, own) else InvalidParameterValueError
        raise kind(f"{label}: {', '.join(names)}: {error}. {VALUES}") from error


def selected(parent: Any, selector: Any) -> Any:
    """A selector as PyNN takes it: a slice or an array of its own. One that is none is an error."""
    named = f"A view of {parent.label} ({parent.size} cells)"
    if isinstance(selector, slice):
        n = len(range(*selector.indices(parent.size)))
    else:
        selector = np.array([selector] if isinstance(selector, int | np.integer) else selector)
        if selector.size and (selector.dtype.kind not in "iub" or selector.ndim != 1):
            raise ConfigurationException(
                f"{named} takes a slice, whole numbers, or a truth value for each cell."
            )
        n = len(selector)
        if selector.dtype.kind == "b":
            if n != parent.size:
                raise ConfigurationException(f"{named} got {n} truth values: give one a cell.")
            n = int(selector.sum())
        else:
            outside = selector[(selector >= parent.size) | (selector < -parent.size)]
            if len(outside):
                raise IndexError(f"{named} cannot have cell {outside[0]}.")
    if n == 0:
        raise ConfigurationException(f"{named} would have no cell in it.")
    return selector


def checked_size(size: Any, structure: Any) -> tuple[Any, Any]:
    """Size and structure of a population; ConfigurationException for what is none."""
    if isinstance(size, float | np.floating):
        given = float(size)
        size = round(given) if math.isfinite(given) else 0
        if not abs(given - size) <= 1e-3:
            raise ConfigurationException(f"A population of {given} neurons: give a whole number.")
        logger.warning("A population of %s neurons is taken as %d", given, size)
    sizes = size if isinstance(size, tuple | list) else (size,)
    if not sizes or not all(isinstance(n, int | np.integer) and n > 0 for n in sizes):
        raise ConfigurationException(f"A population of {size!r} neurons: give at least 1.")
    if math.prod(int(n) for n in sizes) > MOST_NEURONS:
        raise ConfigurationException(
            f"A population of {size} neurons: {MOST_NEURONS:,} is the most."
        )
    if structure is not None and not isinstance(structure, space.BaseStructure):
        raise ConfigurationException(f"{structure!r} is no structure of PyNN.")
    return size, structure


def require_cores(size: int, celltype: Any) -> None:
    """ConfigurationException where no SpiNNaker machine has the cores for so many cells."""
    a_core = MOST_SOURCES_A_CORE if celltype.is_source else MOST_A_CORE
    if size > MOST_CORES * a_core:
        raise ConfigurationException(
            f"A population of {size:,} {type(celltype).__name__}: {MOST_CORES * a_core:,} is the "
            f"most, on all {MOST_CORES:,} cores of the largest machine, {a_core} a core."
        )


def cell_instance(cellclass: Any, cellparams: Any) -> Any:
    """The cell type of a population, given as an instance, or as a class and its parameters."""
    kind = cellclass if isinstance(cellclass, type) else type(cellclass)
    if issubclass(kind, BaseCellType) and not issubclass(kind, ModelSettings):
        raise ConfigurationException(
            f"{kind.__module__}.{kind.__name__} is not a cell type of this simulator: write "
            f"sim.{kind.__name__}, where `sim` is what you imported pyNN.spiNNaker as."
        )
    if isinstance(cellclass, BaseCellType):
        if cellparams is not None:
            raise ConfigurationException("Parameters belong into the cell type's own brackets.")
        return cellclass
    if isinstance(cellclass, type) and issubclass(cellclass, BaseCellType):
        return cellclass(**(cellparams or {}))
    raise ConfigurationException(
        f"{cellclass!r} is no cell type: give a class such as IF_curr_exp."
    )


def say_past_times(population: Any, trains: Any) -> None:
    """Times that the present run has passed are not sent, as in the original."""
    now_ms = population.state.t
    if now_ms == 0:
        return
    each = trains if isinstance(trains, np.ndarray) and trains.dtype == object else [trains]
    times = np.concatenate([np.asarray(getattr(t, "value", t), dtype=float).ravel() for t in each])
    past = int(np.count_nonzero(times <= now_ms - population.state.dt * (1 - 1e-6)))
    if past:
        population.state.say_once(
            f"{population.label}: {past:,} of {len(times):,} spike times lie before {now_ms:g} ms, "
            "which has passed: they are not sent before a reset()."
        )


def one_variable(label: str, variables: Any) -> str:
    """A variable, given as its name or as a list of one."""
    names = [variables] if isinstance(variables, str) else list(variables)
    if len(names) != 1:
        raise ConfigurationException(f"{label}: spinnaker_get_data({names}): give one variable.")
    return str(names[0])


def taken_options(given: dict[str, Any]) -> dict[str, Any]:
    """Those additional_parameters that the native way takes over; unknown ones warn."""
    taken = {}
    for name, value in given.items():
        if name in OPTIONS:
            taken[name] = None if value is None else _option(name, value)
        elif name == "splitter":
            if value is not None:
                splitters.tell_once()
        elif name not in IGNORED_OPTIONS:
            logger.warning("additional_parameter %s will be ignored", name)
    return taken


def _option(name: str, value: Any) -> Any:
    """An option's value in the type that the core takes."""
    try:
        if name == "neurons_per_core":
            number = neurons_a_core(name, value)
        elif name in WHOLE_OPTIONS:
            number = int(value)
        elif name == "max_expected_summed_weight":
            return [_finite(name, weight) for weight in value]
        elif name == "allow_delay_extensions":
            return bool(value)
        else:
            return _finite(name, value)
    except (TypeError, ValueError, OverflowError):
        raise ConfigurationException(f"{name} is {value!r}: give a number.") from None
    least, most = WHOLE_OPTIONS[name]
    if not least <= number <= most:
        raise ConfigurationException(
            f"{name} is {value!r}: give a whole number from {least} to {most:,}."
        )
    return number


def _finite(name: str, value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ConfigurationException(f"{name} is {value!r}: give a finite number.")
    return number


def unique_label(label: str | None) -> str:
    """A label that no other population has."""
    labels = {population.label for population in simulator.state.populations}
    if label is None:
        label = f"Population {len(labels)}"
    unique, n = label, 1
    while unique in labels:
        n += 1
        unique = f"{label} ({n})"
    return unique
