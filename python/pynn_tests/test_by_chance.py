# SPDX-License-Identifier: Apache-2.0
"""Connectors with a chance for every pair: drawn in blocks, the same as PyNN draws them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyNN.spiNNaker as sim
import pytest
from numpy.typing import NDArray
from pyNN import connectors
from pyNN.core import IndexBasedExpression
from pyNN.random import NumpyRNG, RandomDistribution
from pyNN.space import Grid2D, Space
from spinnlab.pynn import by_chance

Made = tuple[list[NDArray[Any]], dict[str, float]]
PYNN = {
    sim.DistanceDependentProbabilityConnector: connectors.DistanceDependentProbabilityConnector,
    sim.IndexBasedProbabilityConnector: connectors.IndexBasedProbabilityConnector,
    sim.DisplacementDependentProbabilityConnector: connectors.IndexBasedProbabilityConnector,
}


class Diagonal(IndexBasedExpression):
    """A user's own: PyNN asks it for one target at a time."""

    def __call__(self, i: Any, j: Any) -> Any:
        assert np.ndim(j) == 0 or np.shape(j) == np.shape(i)
        return 1.0 / (1.0 + np.abs(i - j)) * (self.projection.pre.size > 1)


def near(d: Any) -> Any:
    return (np.abs(d[0]) < 3) * 0.5


def rng() -> NumpyRNG:
    return NumpyRNG(seed=42)


def shared() -> tuple[Any, Any]:
    """One generator for the pairs and the weights."""
    of_both = rng()
    return (
        sim.DistanceDependentProbabilityConnector("exp(-d/4.0)", rng=of_both),
        sim.StaticSynapse(weight=RandomDistribution("normal", (1.0, 0.01), rng=of_both)),
    )


CASES: dict[str, Callable[[], tuple[Any, Any]]] = {
    "distance": lambda: (
        sim.DistanceDependentProbabilityConnector("exp(-d/4.0)", rng=rng()),
        sim.StaticSynapse(weight=0.5),
    ),
    "a step, not to itself": lambda: (
        sim.DistanceDependentProbabilityConnector("d<5", allow_self_connections=False, rng=rng()),
        sim.StaticSynapse(weight=0.5, delay="1.0+0.2*d"),
    ),
    "one chance for all": lambda: (
        sim.DistanceDependentProbabilityConnector("0.3", rng=rng()),
        sim.StaticSynapse(weight=RandomDistribution("uniform", (0.1, 0.2), rng=NumpyRNG(seed=3))),
    ),
    "one generator": shared,
    "indexes": lambda: (
        sim.IndexBasedProbabilityConnector("0.9*exp(-abs(i-j)/9.0)", rng=rng()),
        sim.StaticSynapse(weight="0.1*d"),
    ),
    "own expression": lambda: (
        sim.IndexBasedProbabilityConnector(Diagonal(), allow_self_connections=False, rng=rng()),
        sim.StaticSynapse(),
    ),
    "displacement": lambda: (
        sim.DisplacementDependentProbabilityConnector(near, rng=rng()),
        sim.StaticSynapse(weight=0.5),
    ),
}
ENDS: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "two populations": lambda a, b: (a, b),
    "one population": lambda a, _: (a, a),
    "views": lambda a, b: (a[5:60:2], b[10:40]),
    "views that overlap": lambda a, _: (a[10:50], a[30:70]),
}


def made(case: str, ends: str, as_pynn: bool, monkeypatch: pytest.MonkeyPatch) -> Made:
    sim.setup(1.0)
    a = sim.Population(100, sim.IF_curr_exp(), structure=Grid2D(), label="a")
    b = sim.Population(64, sim.IF_curr_exp(), structure=Grid2D(dx=1.5), label="b")
    connector, synapse = CASES[case]()
    generator = connector.rng
    if as_pynn:
        base = PYNN[type(connector)]
        monkeypatch.setattr(type(connector), "connect", base.connect)
    space = Space(periodic_boundaries=((0, 9), None, None))
    projection = sim.Projection(*ENDS[ends](a, b), connector, synapse, space=space, label="p")
    (part,) = projection.parts
    name, arguments = part.recipe.connector
    assert name == "FromListConnector"
    lists = [np.asarray(arguments.pop(end)) for end in ("pre", "post")]
    arguments["the next number"] = float(generator.next(2)[0])
    return [*lists, np.asarray(part.recipe.weight), np.asarray(part.recipe.delay)], arguments


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("case", CASES)
def test_blocks_give_what_pynn_gives(case: str, ends: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_chance, "PAIRS_OF_A_BLOCK", 450)  # several blocks
    lists, estimates = made(case, ends, False, monkeypatch)
    wanted, wanted_estimates = made(case, ends, True, monkeypatch)
    assert len(lists[0]) > 20
    for ours, pynns in zip(lists, wanted, strict=True):
        np.testing.assert_array_equal(ours, pynns)
    assert estimates == wanted_estimates


def test_small_worlds_do_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    def pairs() -> tuple[Any, ...]:
        sim.setup(1.0)
        a = sim.Population(81, sim.IF_curr_exp(), structure=Grid2D())
        connector = sim.SmallWorldConnector(degree=2.5, rewiring=0.3, rng=rng())
        (part,) = sim.Projection(a, a, connector, sim.StaticSynapse(weight="0.1*d")).parts
        arguments = part.recipe.connector[1]
        distances = Space().distances(a.positions.T, a.positions.T).reshape(81, 81)
        assert arguments["longest_row"] == (distances < 2.5).sum(axis=1).max()
        assert arguments["inputs"] == (distances < 2.5).sum(axis=0).max()
        return arguments["pre"], arguments["post"], part.recipe.weight

    whole = pairs()
    monkeypatch.setattr(by_chance, "PAIRS_OF_A_BLOCK", 200)
    for ours, wanted in zip(pairs(), whole, strict=True):
        np.testing.assert_array_equal(ours, wanted)


def test_callbacks_hear_of_every_target() -> None:
    heard: list[float] = []
    sim.setup(1.0)
    a = sim.Population(9, sim.IF_curr_exp(), structure=Grid2D())
    connector = sim.DistanceDependentProbabilityConnector("1.0", rng=rng(), callback=heard.append)
    sim.Projection(a, a, connector, sim.StaticSynapse(weight=0.5))
    assert heard == [k / 9 for k in range(9)]
