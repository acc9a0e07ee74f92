# SPDX-License-Identifier: Apache-2.0
"""Delays that a machine with whole time steps cannot keep as they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pyNN.random import RandomDistribution

if TYPE_CHECKING:
    from spinnlab.pynn.parts import Part

#: A delay this near to a whole number of steps is one.
NEAR = 1e-6


def on_the_grid(delay: Any, dt_ms: float) -> Any:
    """One delay for all as whole steps: the original's host rounds it, its cores would cut it."""
    if not isinstance(delay, int | float) or not delay > 0:
        return delay
    return float(np.rint(delay * (1.0 / dt_ms)) * dt_ms) or dt_ms


def counts(part: Part, dt_ms: float, drawn: Callable[[Part], Any]) -> tuple[float, float, float]:
    """Delays of a part that become one step, those that are rounded, and all.

    What is drawn is listed by `drawn` (which may give None) only where it may be too short; that
    it is rounded is no news.
    """
    delay, of = part.recipe.delay, part.likely_synapses()
    if isinstance(delay, int | float):
        short, rounded = _short_and_rounded(np.array([delay]), dt_ms)
        return short * of, rounded * of, of
    if isinstance(delay, np.ndarray):
        short, rounded = _short_and_rounded(np.asarray(delay, dtype=float), dt_ms)
        return short, rounded, float(len(delay))
    if not _may_be_below(delay, dt_ms / 2):
        return 0.0, 0.0, of
    values = drawn(part)
    if values is None:
        return 0.0, 0.0, of
    return _short_and_rounded(values, dt_ms)[0], 0.0, float(len(values))


def are_given(projection: Any) -> bool:
    """Whether a script wrote the delays down, instead of a distribution or a distance."""
    column = getattr(projection._connector, "column", None)
    if column is not None and column("delay") is not None:
        return True
    base = projection.synapse_type.parameter_space["delay"].base_value
    return not isinstance(base, RandomDistribution) and not callable(base)


def _short_and_rounded(delays_ms: NDArray[np.float64], dt_ms: float) -> tuple[float, float]:
    steps = delays_ms / dt_ms
    whole = np.rint(steps)
    short = whole < 1
    rounded = ~short & (np.abs(steps - whole) > NEAR)
    return float(np.count_nonzero(short)), float(np.count_nonzero(rounded))


def _may_be_below(distribution: Any, limit_ms: float) -> bool:
    """Whether (name, parameters) of a distribution can give less."""
    name, parameters = distribution
    if name == "exponential":
        return limit_ms > 0
    return float(parameters.get("low", -np.inf)) < limit_ms


def findings(projection: Any, dt_ms: float, drawn: Callable[[Part], Any]) -> Iterator[str]:
    """What became of the delays of one projection: how many, and into what."""
    short = rounded = of = 0.0
    for part in projection.parts:
        found = counts(part, dt_ms, drawn)
        short, rounded, of = short + found[0], rounded + found[1], of + found[2]
    if short:
        yield f"{short:,.0f} of {of:,.0f} delays are shorter than a time step and are {dt_ms:g} ms"
    if rounded and are_given(projection):
        yield (
            f"{rounded:,.0f} of {of:,.0f} delays are no whole number of time steps of {dt_ms:g} ms "
            "and are rounded to the nearest"
        )
