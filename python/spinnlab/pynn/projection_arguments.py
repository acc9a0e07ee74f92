# SPDX-License-Identifier: Apache-2.0
"""What projections are made of, checked: synapse types, signs of weights."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from pyNN.models import BaseSynapseType

from spinnlab.errors import OTHER_KERNEL
from spinnlab.pynn.connectors import FromListConnector
from spinnlab.pynn.errors import ConfigurationException, SpynnakerException, not_there
from spinnlab.pynn.synapses import StaticSynapse


def check_synapse_type(synapse_type: Any) -> None:
    """Raises for what is no synapse type, or one that is not there."""
    if synapse_type is None or isinstance(synapse_type, StaticSynapse):
        return
    if isinstance(synapse_type, type):
        name = synapse_type.__name__
        raise ConfigurationException(f"{name} is a class: write {name}(weight=..., delay=...).")
    if isinstance(synapse_type, BaseSynapseType):
        not_there(f"the synapse type {type(synapse_type).__name__}")
    raise ConfigurationException(
        f"{synapse_type!r} is no synapse type: give sim.StaticSynapse(weight=..., delay=...)."
    )


@contextmanager
def told_what_connects(label: str, connector: Any) -> Iterator[None]:
    """PyNN's connectors refuse some combinations with no more than "todo"."""
    try:
        yield
    except (AssertionError, NotImplementedError) as error:
        if OTHER_KERNEL in str(error):
            raise
        given = ", ".join(
            f"{name}={reprlib.repr(getattr(connector, name))}"
            for name in connector.parameter_names
            if hasattr(connector, name)
        )
        raise ConfigurationException(
            f"{label}: {type(connector).__name__}({given}) cannot connect these populations: "
            f"{'PyNN does not have that' if str(error) in ('', 'todo') else error}."
        ) from error


def check_signs(label: str, connector: Any, weights: Any) -> None:
    """Raises for weights of both signs, as the original does; the core looks at distributions.

    Magnitudes count of weights that a connector brings itself.
    """
    column = getattr(connector, "column", None)
    is_own = getattr(connector, "has_values", False) or (column and column("weight") is not None)
    if is_own or not isinstance(weights, np.ndarray) or not weights.size:
        return
    least, most = float(weights.min()), float(weights.max())
    if least < 0 < most:
        raise SpynnakerException(
            f"{label}: weights of both signs, from {least:g} to {most:g}. The receptor decides the "
            "sign: use two projections, or clip the distribution at 0."
        )


def check_drawn_signs(projection: Any, network: Any) -> None:
    """check_signs() of a list whose weights are drawn: the original's host sees the values.

    What the original's cores draw themselves counts by its magnitude.
    """
    if not isinstance(projection._connector, FromListConnector):
        return
    for part in projection.parts:
        if isinstance(part.recipe.weight, tuple) and _may_have_both_signs(*part.recipe.weight):
            drawn = network.connections(part.core_index, as_stored=False)[2]
            check_signs(projection.label, projection._connector, drawn)


def _may_have_both_signs(name: str, parameters: dict[str, float]) -> bool:
    if name == "exponential":
        return False
    return parameters.get("low", -np.inf) < 0 < parameters.get("high", np.inf)
