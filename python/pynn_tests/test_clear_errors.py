# SPDX-License-Identifier: Apache-2.0
"""Mistakes of scripts are told with what was given, where, and what to write."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyNN.spiNNaker as sim
import pytest
from pyNN import standardmodels
from pyNN.errors import InvalidDimensionsError, InvalidParameterValueError
from spynnaker.pyNN.exceptions import ConfigurationException


def cells(n: int = 4, **options: Any) -> sim.Population:
    return sim.Population(n, sim.IF_curr_exp(), label="cells", **options)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: sim.FixedNumberPreConnector(-1), "FixedNumberPreConnector is -1: give a whole"),
        (lambda: sim.FixedNumberPostConnector(n=-2), "PostConnector is -2: give a whole"),
        (
            lambda: sim.FixedTotalNumberConnector(-1),
            "FixedTotalNumberConnector is -1: give a whole",
        ),
        (lambda: sim.AllToAllConnector("NoMutual"), r"\('NoMutual'\) cannot be: .*True or False"),
        (lambda: sim.FixedProbabilityConnector(1j), "p_connect is 1j: give a number from 0 to 1"),
        (lambda: sim.FixedProbabilityConnector("x"), "p_connect is 'x'"),
        (lambda: sim.CSAConnector(3), r"CSAConnector\(3\): give a mask such as csa"),
    ],
)
def test_connectors(make: Callable[[], Any], text: str) -> None:
    sim.setup(timestep=1.0)
    with pytest.raises(ConfigurationException, match=text):
        make()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            lambda: standardmodels.cells.IF_curr_exp(),
            r"pyNN\..*IF_curr_exp.*write sim\.IF_curr_exp",
        ),
        (lambda: standardmodels.cells.SpikeSourceArray, r"write sim\.SpikeSourceArray"),
        (lambda: 3, "3 is no cell type"),
    ],
)
def test_cell_types(kind: Callable[[], Any], text: str) -> None:
    sim.setup(timestep=1.0)
    with pytest.raises(ConfigurationException, match=text):
        sim.Population(2, kind())


@pytest.mark.parametrize(
    ("synapse", "text"),
    [
        (sim.StaticSynapse, r"StaticSynapse is a class: write StaticSynapse\(weight="),
        (3, r"3 is no synapse type: give sim\.StaticSynapse"),
        ("static", "'static' is no synapse type"),
    ],
)
def test_synapse_types(synapse: object, text: str) -> None:
    sim.setup(timestep=1.0)
    one = cells()
    with pytest.raises(ConfigurationException, match=text):
        sim.Projection(one, one, sim.AllToAllConnector(), synapse)


WRONG = (InvalidParameterValueError, InvalidDimensionsError)


@pytest.mark.parametrize(
    "value", [lambda i: 1 / 0, lambda i: [1.0, 2.0][i], "fast", lambda i: [1.0] * 3, [1.0, 2.0]]
)
def test_values_of_parameters_name_the_population(value: Any) -> None:
    sim.setup(timestep=1.0)
    one = cells()
    with pytest.raises(WRONG, match=r"cells: tau_m: .*Give a number, one for each cell"):
        one.set(tau_m=value)
    with pytest.raises(WRONG, match=r"cells: v: "):
        one.initialize(v=value)
    sim.run(1)
    with pytest.raises(WRONG, match=r"cells: v: "):
        one.set_state(v=value)
    sim.run(1)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: sim.IF_curr_exp(tau_m=1j), r"IF_curr_exp\(tau_m=1j\) cannot be: give real"),
        (lambda: sim.IF_curr_exp(tau_m="fast"), r"IF_curr_exp\(tau_m='fast'\) cannot be"),
        (lambda: sim.SpikeSourcePoisson(rate=1j), r"SpikeSourcePoisson\(rate=1j"),
        (lambda: sim.SpikeSourceArray(5.0), r"spike_times=5.0\) cannot be .*give lists of times"),
        (lambda: sim.StaticSynapse(weight=1j), r"StaticSynapse\(weight=1j, delay=1.0\) cannot be"),
        (
            lambda: sim.Population(3, sim.IF_curr_exp(tau_m=[1.0, 2.0]), label="cells"),
            r"cells: tau_m: 2 values for 3 cells\. Give a number",
        ),
        (
            lambda: sim.Population(3, sim.SpikeSourceArray([[1.0], [2.0]]), label="source"),
            r"source: spike_times: 2 values for 3 cells\.",
        ),
    ],
)
def test_values_that_are_none(make: Callable[[], Any], text: str) -> None:
    sim.setup(timestep=1.0)
    with pytest.raises(WRONG, match=text):
        make()


def test_a_choice_that_pynn_has_left_out_names_the_connector() -> None:
    sim.setup(timestep=1.0)
    one, two = cells(), sim.Population(5, sim.IF_curr_exp(), label="two")
    no_mutual = sim.FixedProbabilityConnector(0.5, allow_self_connections="NoMutual")
    assert len(sim.Projection(one, one, no_mutual, sim.StaticSynapse())) >= 0
    with pytest.raises(ConfigurationException, match=r"FixedProbabilityConnector\(.*NoMutual"):
        sim.Projection(one, two, no_mutual, sim.StaticSynapse())


def test_spike_times_from_a_function_with_too_few_or_too_many_lists() -> None:
    sim.setup(timestep=1.0)
    for n in (2, 5):
        with pytest.raises(WRONG, match=f"source: spike_times: {n} values for 3 cells"):
            sim.Population(
                3,
                sim.SpikeSourceArray(lambda i, n=n: [sim_sequence([1.0 + k]) for k in range(n)]),
                label="source",
            )
    good = sim.Population(
        3, sim.SpikeSourceArray(lambda i: [sim_sequence([1.0 + k]) for k in i]), label="source"
    )
    good.record("spikes")
    sim.run(10)
    trains = good.get_data("spikes").segments[0].spiketrains
    assert [list(map(float, train)) for train in trains] == [[1.0], [2.0], [3.0]]


def sim_sequence(times: list[float]) -> Any:
    from pyNN.parameters import Sequence

    return Sequence(times)


def test_a_slice_of_a_projection_is_a_list_of_connections() -> None:
    sim.setup(timestep=1.0)
    one = cells()
    drive = sim.Projection(one, one, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
    assert [c.as_tuple("presynaptic_index", "postsynaptic_index") for c in drive[1:3]] == [
        (0, 1), (0, 2)]  # fmt: skip
    assert drive[-1].postsynaptic_index == 3
    with pytest.raises(IndexError):
        _ = drive[16]


def test_a_table_of_one_variable() -> None:
    sim.setup(timestep=1.0)
    one = cells()
    one.record(["v", "spikes"])
    sim.run(3)
    assert np.array_equal(one.spinnaker_get_data(["v"]), one.spinnaker_get_data("v"))
    with pytest.raises(ConfigurationException, match=r"cells: .*give one variable"):
        one.spinnaker_get_data(["v", "spikes"])


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_a_time_step_in_any_precision(kind: type) -> None:
    sim.setup(timestep=kind(0.1), min_delay=kind(0.1))
    assert (sim.get_time_step(), sim.get_min_delay()) == (0.1, 0.1)


@pytest.mark.parametrize(
    "options",
    [
        {"spikes_per_second": math.nan},
        {"ring_buffer_sigma": math.inf},
        {"max_expected_summed_weight": [1.0, math.nan]},
    ],
)
def test_options_of_populations_are_finite(options: dict[str, Any]) -> None:
    sim.setup(timestep=1.0)
    with pytest.raises(ConfigurationException, match=f"{next(iter(options))} is (nan|inf): give"):
        cells(**options)


@pytest.mark.parametrize("factor", [3, 2.5, np.int64(3), np.float32(1.5)])
def test_time_scale_factors(factor: Any) -> None:
    assert sim.setup(timestep=1.0, time_scale_factor=factor) == 0


@pytest.mark.parametrize("factor", [math.nan, math.inf, np.float64("nan"), -1, np.int64(0)])
def test_time_scale_factors_that_cannot_be(factor: Any) -> None:
    with pytest.raises(ConfigurationException, match=r"time_scale_factor is .*positive number"):
        sim.setup(timestep=1.0, time_scale_factor=factor)


def test_listeners_that_are_not_there_yet_are_named() -> None:
    with pytest.raises(NotImplementedError, match=r"database_socket_addresses.*7\.4\.1"):
        sim.setup(timestep=1.0, database_socket_addresses=["localhost"])
    sim.setup(timestep=1.0, database_socket_addresses=[])


@pytest.mark.parametrize("name", ["AllButMeConnector", "OneToOneOffsetConnector"])
def test_connectors_that_only_the_other_kernel_has(name: str) -> None:
    for module in (sim.extra_models, sim):
        with pytest.raises(
            NotImplementedError, match=rf'extra_models\.{name} is not in .*"sPyNNaker 7\.4\.1"'
        ):
            getattr(module, name)(3)
