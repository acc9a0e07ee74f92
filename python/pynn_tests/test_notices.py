# SPDX-License-Identifier: Apache-2.0
"""What a script is told once because it may not expect it."""

from __future__ import annotations

import numpy as np
import pyNN.spiNNaker as sim
import pytest
from pyNN.random import NumpyRNG, RandomDistribution
from spinnlab.pynn import configuration


@pytest.fixture(autouse=True)
def nothing_was_told() -> None:
    configuration._told.clear()


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def network(delay: object, connector: object = None) -> sim.Projection:
    sim.setup(timestep=1.0)
    cells = sim.Population(4, sim.IF_curr_exp(), label="cells")
    return sim.Projection(
        cells,
        cells,
        connector or sim.AllToAllConnector(),
        sim.StaticSynapse(weight=1.0, delay=delay),
        label="drive",
    )


def test_delays_off_the_grid_are_counted_once(caplog: pytest.LogCaptureFixture) -> None:
    drive = network(2.7)
    for _ in range(2):
        sim.run(5)
    sim.reset()
    sim.run(5)
    (line,) = lines(caplog)
    assert (
        "drive: 16 of 16 delays are no whole number of time steps of 1 ms and are rounded to the "
        "nearest. A shorter time step keeps them." in line
    )
    assert set(drive.get("delay", "list", with_address=False)) == {3.0}


@pytest.mark.parametrize(
    ("delay", "connector", "text"),
    [
        (0.25, None, "16 of 16 delays are shorter than a time step and are 1 ms"),
        (np.array([[1.0, 2.0, 2.5, 0.1]] * 4), None, "4 of 16 delays are shorter than a time step"),
        (np.array([[1.0, 2.0, 2.5, 0.1]] * 4), None, "4 of 16 delays are no whole number"),
        (1.0, [(0, 1, 1.0, 1.6), (1, 2, 1.0, 2.0)], "1 of 2 delays are no whole number"),
        (
            RandomDistribution("uniform", low=0.0, high=4.0, rng=NumpyRNG(seed=2)),
            None,
            "of 16 delays are shorter than a time step",
        ),
    ],
)
def test_delays_that_are_lost(
    caplog: pytest.LogCaptureFixture, delay: object, connector: object, text: str
) -> None:
    network(delay, connector and sim.FromListConnector(connector))
    sim.run(2)
    assert text in caplog.text


@pytest.mark.parametrize(
    "delay",
    [
        None,
        3.0,
        np.full((4, 4), 2.0),
        RandomDistribution("uniform", low=1.0, high=4.0, rng=NumpyRNG(seed=2)),
        RandomDistribution("normal_clipped", mu=2.0, sigma=1.0, low=0.6, high=5.0),
    ],
)
def test_delays_that_are_kept_are_not_spoken_of(
    caplog: pytest.LogCaptureFixture, delay: object
) -> None:
    network(delay)
    sim.run(2)
    assert not caplog.records


def test_spike_times_in_the_past(caplog: pytest.LogCaptureFixture) -> None:
    sim.setup(timestep=1.0)
    source = sim.Population(2, sim.SpikeSourceArray([1.0, 25.0]), label="source")
    source.record("spikes")
    sim.run(20)
    assert not caplog.records
    source.set(spike_times=[[5.0, 19.0, 19.5, 30.0], [40.0]])
    (line,) = lines(caplog)
    assert line.startswith("source: 2 of 5 spike times lie before 20 ms, which has passed")
    sim.run(30)
    trains = source.get_data("spikes").segments[0].spiketrains
    # 19.5 ms is sent with the step of 20 ms, which had not begun.
    assert [list(map(float, train)) for train in trains] == [[1.0, 20.0, 30.0], [1.0, 40.0]]
    assert len(caplog.records) == 1


def test_initialize_after_a_run(caplog: pytest.LogCaptureFixture) -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(2, sim.IF_curr_exp(), label="cells")
    cells.initialize(v=-60.0)
    sim.run(2)
    assert not caplog.records
    for _ in range(2):
        cells.initialize(v=-61.0)
    (line,) = lines(caplog)
    assert line == (
        "cells: initialize(v=...) counts from the next reset() on; set_state(v=...) sets the "
        "values now."
    )
    assert cells.current_values["v"][0] > -61.0
    sim.reset()
    assert cells.current_values["v"] == [-61.0, -61.0]


def test_a_population_that_is_made_between_runs_is_initialized(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sim.setup(timestep=1.0)
    sim.Population(2, sim.IF_curr_exp())
    sim.run(2)
    late = sim.Population(3, sim.IF_curr_exp(), label="late", initial_values={"v": -62.0})
    late[0:1].initialize(v=-61.0)
    late[1:2].set_state(v=-60.0)
    assert late.current_values["v"] == [-61.0, -60.0, -62.0]
    assert not caplog.records
    late.record("v")
    sim.run(1)
    first = late.get_data("v").segments[0].analogsignals[0].magnitude[0]
    assert list(first) == [-61.0, -60.0, -62.0]


def test_a_callback_that_nobody_calls(caplog: pytest.LogCaptureFixture) -> None:
    called: list[float] = []
    network(1.0, sim.AllToAllConnector(callback=called.append))
    sim.Projection(
        sim.Population(2, sim.IF_curr_exp()),
        sim.Population(2, sim.IF_curr_exp()),
        sim.FromListConnector([(0, 1)], callback=called.append),
    )
    (line,) = lines(caplog)
    assert "drive: callback=... of the AllToAllConnector is not called" in line
    assert not called


def test_a_longest_delay(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        sim.setup(timestep=1.0, max_delay=14.0)
    assert lines(caplog) == ["setup(max_delay=14.0) has no effect: delays of any length work"]
    assert sim.get_max_delay() == 14.0
    caplog.clear()
    sim.setup(timestep=1.0, max_delay="auto")
    assert not caplog.records


def test_conductances_of_models_with_currents(caplog: pytest.LogCaptureFixture) -> None:
    sim.setup(timestep=1.0)
    sim.Population(2, sim.IF_cond_exp(), label="conductances").record(["gsyn_exc", "gsyn_inh"])
    assert not caplog.records
    for label in ("a", "b"):
        sim.Population(2, sim.IF_curr_exp(), label=label).record(["gsyn_exc", "gsyn_inh"])
    assert lines(caplog) == [
        "a: gsyn_exc of a model with currents is in nA, though its unit says uS."
    ]
