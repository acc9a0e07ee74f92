# SPDX-License-Identifier: Apache-2.0
"""What is random, and sPyNNaker's distribution beyond PyNN's: `exponential_clipped`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.parameters import LazyArray
from pyNN.random import NumpyRNG, RandomDistribution, available_distributions

from spinnlab.pynn.errors import ConfigurationException

#: Draws until every value lies in the range; a range that is hardly ever hit is an error.
MOST_ROUNDS = 1000


def is_random(value: LazyArray) -> bool:
    """Whether a value, or a number that it is computed from, is drawn from a distribution."""
    operands = [operand for _, operand in value.operations]
    return any(isinstance(v, RandomDistribution) for v in (value.base_value, *operands))


def _exponential_clipped(
    self: Any, beta: float = 1.0, low: float = 0.0, high: float = np.inf, size: Any = None
) -> NDArray[np.float64] | float:
    """Exponential values, drawn anew until they lie between low and high."""
    values = np.atleast_1d(self.rng.exponential(beta, size=size))
    for _ in range(MOST_ROUNDS):
        outside = (values < low) | (values > high)
        if not outside.any():
            return values if size is not None else float(values[0])
        values[outside] = self.rng.exponential(beta, size=int(outside.sum()))
    raise ConfigurationException(
        f"exponential_clipped: hardly any value with beta {beta} lies between {low} and {high}."
    )


class NativeRNG(NumpyRNG):
    """PyNN's name for the back end's own generator: NumPy's, whose global one is seeded, too."""

    def __init__(self, seed: int | None = None, **ignored: Any) -> None:
        super().__init__(seed=seed)
        np.random.seed(seed)


def register() -> None:
    """Makes PyNN know it."""
    names = ("beta", "low", "high")
    available_distributions["exponential_clipped"] = names
    NumpyRNG.translations["exponential_clipped"] = (
        "exponential_clipped",
        {name: name for name in names},
    )
    NumpyRNG.exponential_clipped = _exponential_clipped
