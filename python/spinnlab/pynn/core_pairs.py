# SPDX-License-Identifier: Apache-2.0
"""Pairs that the core draws for connectors of which PyNN draws the weights or delays.

The core keeps to `with_replacement` and `allow_self_connections` and follows the seed of `setup()`;
the values, which it does not know (distances, functions, other distributions), come afterwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinnlab.pynn.cells import CELLS
from spinnlab.pynn.connectors import (
    FixedNumberPostConnector,
    FixedNumberPreConnector,
    core_arguments,
    seed_of,
    whole_number,
)
from spinnlab.pynn.errors import ConfigurationException
from spinnlab.pynn.part_check import new_network

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


def core_pairs(projection: Any) -> Pairs | None:
    """Indexes in the two ends, by source, then target; None for connectors of PyNN alone."""
    connector = projection._connector
    arguments = core_arguments(connector)
    if arguments is None:
        return _pairs_of_varying_numbers(projection)
    network = new_network(projection.state)
    same = projection.pre == projection.post
    model: Any = CELLS["IF_curr_exp"]
    fields = {**model.default_parameters, **model.default_initial_values}
    post = network.add_neurons("targets", model.core_model, projection.post.size, fields, {})
    pre = post
    if not same:
        pre = network.add_neurons("sources", model.core_model, projection.pre.size, fields, {})
    seed = seed_of(getattr(connector, "rng", None))
    if seed is None:  # each projection has a stream of its own
        of_all = int(projection.state.setup_options.get("seed") or 0)
        sequence = np.random.SeedSequence([of_all, len(projection.state.projections)])
        seed = int(sequence.generate_state(1, np.uint64)[0])
    index = network.add_projection(
        projection.label, pre, post, 0, arguments, 1.0, projection.state.dt, seed=seed
    )
    sources, targets, _, _ = network.connections(index)
    return sources.astype(np.int64), targets.astype(np.int64)


def _pairs_of_varying_numbers(projection: Any) -> Pairs | None:
    """Where each neuron of one end draws how many partners it has; PyNN's own fails at none."""
    connector = projection._connector
    if type(connector) not in (FixedNumberPreConnector, FixedNumberPostConnector):
        return None
    ends = [np.arange(projection.post.size), np.arange(projection.pre.size)]
    if type(connector) is FixedNumberPostConnector:
        ends.reverse()
    no_self = projection.pre == projection.post and not connector.allow_self_connections
    numbers = np.atleast_1d(np.asarray(connector.n.next(len(ends[0]))))
    owners, partners = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for owner, wanted in zip(ends[0], numbers, strict=True):
        candidates = ends[1][ends[1] != owner] if no_self else ends[1]
        number = whole_number(wanted, f"n of the {type(connector).__name__}")
        if connector.with_replacement and len(candidates):
            limits = {"low": 0, "high": len(candidates)}
            drawn = candidates[np.atleast_1d(connector.rng.next(number, "uniform_int", limits))]
        elif number > len(candidates):
            raise ConfigurationException(
                f"{projection.label}: {type(connector).__name__} drew {number} of "
                f"{len(candidates)} neurons without replacement. Bound the distribution of n, or "
                "allow replacement."
            )
        else:
            drawn = np.asarray(connector.rng.permutation(candidates))[:number]
        owners.append(np.full(number, owner))
        partners.append(np.asarray(drawn, dtype=np.int64))
    pairs = [np.concatenate(owners), np.concatenate(partners)]
    pre, post = reversed(pairs) if type(connector) is FixedNumberPreConnector else pairs
    order = np.lexsort((post, pre))
    return pre[order], post[order]
