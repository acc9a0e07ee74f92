# SPDX-License-Identifier: Apache-2.0
"""Weights and delays as formulas, arrays of numbers, and what rng="spinnaker" refuses."""

from __future__ import annotations

import numpy as np
import pyNN.spiNNaker as sim
import pytest
from pyNN.random import RandomDistribution
from pyNN.space import Line, Space
from spynnaker.pyNN.exceptions import ConfigurationException, SpynnakerException


def line(n: int = 5, **options: object) -> sim.Population:
    return sim.Population(n, sim.IF_curr_exp(), structure=Line(dx=2.0), **options)


def weights_and_delays(connector: object, **values: object) -> np.ndarray:
    projection = sim.Projection(
        line(), line(), connector, sim.StaticSynapse(**values), space=Space()
    )
    return np.array(projection.get(["weight", "delay"], "list"))


def test_formulas_in_the_distance() -> None:
    sim.setup(timestep=1.0)
    found = weights_and_delays(sim.AllToAllConnector(), weight="0.1*exp(-d/4)", delay="1 + d")
    assert len(found) == 25
    distance = 2.0 * np.abs(found[:, 0] - found[:, 1])
    np.testing.assert_allclose(found[:, 2], 0.1 * np.exp(-distance / 4))
    np.testing.assert_allclose(found[:, 3], 1 + distance)


def test_formulas_for_lists_and_constants() -> None:
    sim.setup(timestep=1.0)
    pairs = [(0, 4), (2, 1), (3, 3)]
    found = weights_and_delays(sim.FromListConnector(pairs), weight="maximum(d, 0.5)", delay="3")
    assert found.tolist() == [[0, 4, 8.0, 3.0], [2, 1, 2.0, 3.0], [3, 3, 0.5, 3.0]]


@pytest.mark.parametrize("text", ["d +", "x * d", "__import__('os')", "open('f')"])
def test_what_is_no_formula_is_refused(text: str) -> None:
    sim.setup(timestep=1.0)
    with pytest.raises(SpynnakerException, match=r"expression|cannot be used"):
        sim.StaticSynapse(weight=text)


def test_distances_by_coordinate_name_the_other_kernel() -> None:
    sim.setup(timestep=1.0)
    with pytest.raises(NotImplementedError, match=r"sPyNNaker 7\.4\.1"):
        sim.StaticSynapse(weight="d[0] + d[1]")


def test_a_matrix_of_numbers_connects_where_it_is_not_zero() -> None:
    sim.setup(timestep=1.0)
    matrix = np.zeros((5, 5))
    matrix[0, 3] = matrix[4, 1] = 1.0
    found = weights_and_delays(sim.ArrayConnector(matrix), weight=0.5, delay=1.0)
    assert found[:, :2].tolist() == [[0, 3], [4, 1]]


def test_a_probability_as_a_formula_in_indexes() -> None:
    sim.setup(timestep=1.0)
    connector = sim.IndexBasedProbabilityConnector("(i + 2*j) % 3 == 0")
    found = weights_and_delays(connector, weight=0.5, delay=1.0)
    expected = [[i, j] for i in range(5) for j in range(5) if (i + 2 * j) % 3 == 0]
    assert found[:, :2].tolist() == expected


def test_numbers_of_connections_are_not_there() -> None:
    sim.setup(timestep=1.0)
    with pytest.raises(NotImplementedError, match="n_connections"):
        sim.DistanceDependentProbabilityConnector("d < 3", n_connections=4)


UNIFORM = RandomDistribution("uniform", low=0.5, high=1.0)


def test_the_originals_streams_depend_on_the_targets_seed_alone() -> None:
    def drawn(seed: int, rng: str) -> list[tuple[float, ...]]:
        sim.setup(timestep=1.0, rng=rng)
        projection = sim.Projection(
            line(20),
            line(30, seed=seed),
            sim.FixedProbabilityConnector(0.3),
            sim.StaticSynapse(weight=UNIFORM, delay=1.0),
        )
        return [tuple(row) for row in projection.get(["weight"], "list")]

    assert drawn(5, "spinnaker") == drawn(5, "spinnaker")
    assert drawn(5, "spinnaker") != drawn(6, "spinnaker")
    assert drawn(5, "spinnaker") != drawn(5, "spinnlab")


@pytest.mark.parametrize(
    ("connector", "weight"),
    [
        (sim.DistanceDependentProbabilityConnector("exp(-d)"), 0.5),
        (sim.SmallWorldConnector(3.0, 0.1), 0.5),
        (sim.ArrayConnector(np.ones((5, 5))), UNIFORM),
    ],
)
def test_what_the_originals_host_draws_is_refused(connector: object, weight: object) -> None:
    sim.setup(timestep=1.0, rng="spinnaker")
    with pytest.raises(NotImplementedError, match=r"rng=\"spinnaker\".*sPyNNaker 7\.4\.1"):
        weights_and_delays(connector, weight=weight, delay=1.0)


def test_cell_values_that_the_originals_cores_draw_are_refused() -> None:
    sim.setup(timestep=1.0, rng="spinnaker")
    drawn = sim.RandomDistribution("uniform", low=0.1, high=0.5, rng=sim.NumpyRNG(seed=1))
    named = r'five: {} from a RandomDistribution with rng="spinnaker".*sPyNNaker 7\.4\.1'
    with pytest.raises(NotImplementedError, match=named.format("i_offset")):
        sim.Population(5, sim.IF_curr_exp(i_offset=drawn), label="five")
    cells = sim.Population(5, sim.IF_curr_exp(), label="five")
    with pytest.raises(NotImplementedError, match=named.format("v")):
        cells.initialize(v=drawn)
    with pytest.raises(NotImplementedError, match=named.format("tau_m")):
        cells[1:3].set(tau_m=drawn)
    # Numbers drawn in the script are numbers on either way.
    cells.set(i_offset=drawn.next(5))
    sim.Population(5, sim.SpikeSourcePoisson(rate=drawn), label="sources")


def test_poisson_rates_that_change_between_runs_are_refused() -> None:
    sim.setup(timestep=1.0, rng="spinnaker")
    noise = sim.Population(5, sim.SpikeSourcePoisson(rate=20.0), label="noise", seed=1)
    noise.set(rate=30.0)
    noise.record("spikes")
    sim.run(10)
    with pytest.raises(NotImplementedError, match=r'noise: other rates after .*rng="spinnaker"'):
        noise.set(rate=40.0)
    sim.setup(timestep=1.0)
    other = sim.Population(5, sim.SpikeSourcePoisson(rate=20.0))
    other.record("spikes")
    sim.run(10)
    other.set(rate=40.0)
    sim.run(10)


def test_lists_with_random_weights_are_refused_at_the_latest_when_they_are_needed() -> None:
    sim.setup(timestep=1.0, rng="spinnaker")
    with pytest.raises(Exception, match=r"rng=\"spinnaker\""):
        weights_and_delays(sim.FromListConnector([(0, 1)]), weight=UNIFORM, delay=1.0)


@pytest.mark.parametrize("shape", [(5,), (4, 5), (25,)])
def test_arrays_of_another_shape_are_named(shape: tuple[int, ...]) -> None:
    sim.setup(timestep=1.0)
    connector = sim.FixedProbabilityConnector(0.5)
    with pytest.raises(ConfigurationException, match=r"weight of shape .*shape \(5, 5\), sources"):
        weights_and_delays(connector, weight=np.ones(shape), delay=1.0)
    with pytest.raises(ConfigurationException, match=r"delay of shape .* or \(1,\)"):
        weights_and_delays(sim.FromListConnector([(0, 1)]), weight=1.0, delay=np.ones(shape))
