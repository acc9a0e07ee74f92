# SPDX-License-Identifier: Apache-2.0
"""Connections are checked before they are part of the network: one that cannot be is refused where
the script asks for it, and the simulation is as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from spinnlab import _core
from spinnlab.pynn.cells import SpikeSourceArray, SpikeSourcePoisson

if TYPE_CHECKING:
    from spinnlab.pynn.parts import Part
    from spinnlab.pynn.populations import Population
    from spinnlab.pynn.simulator import State


def new_network(state: State) -> _core.Network:
    """An empty network with the settings of `setup()`."""
    options = state.setup_options
    return _core.Network(
        state.dt,
        profile=str(options.get("profile", "7")),
        faithful=bool(options.get("faithful", False)),
        seed=int(options.get("seed") or 0),
        rng=str(options.get("rng", "spinnlab")),
    )


def check_parts(state: State, label: str, receptor: int, parts: Iterable[Part]) -> None:
    """Raises what the core says of connections that cannot be (NetworkError and its like)."""
    network = new_network(state)
    known: dict[Population, int] = {}

    def index(population: Population) -> int:
        if population not in known:
            known[population] = _add_alike(network, population)
        return known[population]

    for part in parts:
        network.add_projection(
            label,
            index(part.pre),
            index(part.post),
            receptor,
            part.recipe.connector,
            part.recipe.weight,
            part.recipe.delay,
            pre_index=part.pre_index,
            post_index=part.post_index,
            seed=part.recipe.seed,
        )


def _add_alike(network: _core.Network, population: Population) -> int:
    """Cells of the same number, kind and options, with values of no importance here."""
    celltype, options = population.celltype, population.core_options()
    if isinstance(celltype, SpikeSourceArray | SpikeSourcePoisson):
        never: Any = float("inf")
        return network.add_poisson(population.label, population.size, 0.0, 0.0, never, options)
    fields = {**celltype.default_parameters, **celltype.default_initial_values}
    return network.add_neurons(
        population.label, celltype.core_model, population.size, fields, options
    )
