# SPDX-License-Identifier: Apache-2.0
"""Figures that others published, or that follow by arithmetic."""

from __future__ import annotations

import numpy as np
import pyNN.spiNNaker as sim
import pytest


def samples(population: sim.Population, name: str = "v") -> np.ndarray:
    return population.get_data(name).segments[-1].filter(name=name)[0].magnitude


def trains(population: sim.Population) -> list[list[float]]:
    return [list(t.magnitude) for t in population.get_data("spikes").segments[-1].spiketrains]


def test_a_volley_runs_around_the_synfire_ring() -> None:
    sim.setup(timestep=1.0)
    ring = [sim.Population(100, sim.IF_curr_exp(), label=f"chain {k}") for k in range(10)]
    stimulus = sim.Population(1, sim.SpikeSourceArray(spike_times=[0]))
    sim.Projection(
        stimulus, ring[0], sim.AllToAllConnector(), sim.StaticSynapse(weight=5.0, delay=1)
    )
    for k in range(10):
        sim.Projection(
            ring[k],
            ring[(k + 1) % 10],
            sim.FixedNumberPreConnector(10),
            sim.StaticSynapse(weight=0.5, delay=17),
        )
        ring[k].record("spikes")
    sim.run(1000)
    for k in range(10):
        expected = [float(t) for t in range(7 + 23 * k, 1000, 230)]
        assert trains(ring[k]) == [expected] * 100


def test_the_first_cell_of_the_course() -> None:
    sim.setup(timestep=1.0)
    cell = sim.Population(1, sim.IF_curr_exp(), label="cell")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[0]))
    sim.Projection(source, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=5.0, delay=1.0))
    cell.record(["v", "spikes"])
    sim.run(10)
    assert trains(cell) == [[7.0]]
    expected = [-65, -65, -60.580, -57.177, -54.596, -52.677, -51.292, -50.335]
    assert samples(cell)[:8, 0] == pytest.approx(expected, abs=1e-3)


def test_parameters_and_state_set_between_runs_and_after_resets() -> None:
    sim.setup(timestep=1.0)
    cell = sim.Population(1, sim.IF_curr_exp(i_offset=1.0), label="cell")
    cell.initialize(v=-65.0)
    cell.record("v")
    sim.run(5)
    from_rest = [-65, -64.024658203125, -63.09686279296875, -62.214324951171875, -61.37481689453125]
    assert list(samples(cell)[:, 0]) == from_rest
    sim.reset()
    cell.initialize(v=-60.0)
    sim.run(5)
    block = cell.get_data("v")
    assert len(block.segments) == 2
    assert list(block.segments[0].analogsignals[0].magnitude[:, 0]) == from_rest
    from_60 = [-60, -59.26849365234375, -58.5726318359375, -57.91070556640625, -57.28106689453125]
    assert list(samples(cell)[:, 0]) == from_60


def test_delays_far_beyond_the_ring_buffer() -> None:
    sim.setup(timestep=1.0)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[0.0]))
    cells = sim.Population(5, sim.IF_curr_exp(), label="cells")
    delays = [1.0, 80.0, 160.0, 240.0, 320.0]
    sim.Projection(
        source,
        cells,
        sim.FromListConnector([(0, i, 5.0, d) for i, d in enumerate(delays)]),
        sim.StaticSynapse(),
    )
    cells.record("spikes")
    sim.run(400)
    assert trains(cells) == [[6.0 + d] for d in delays]


def test_views_record_only_what_was_asked() -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(10, sim.IF_curr_exp(), label="cells")
    source = sim.Population(10, sim.SpikeSourceArray([[float(i)] for i in range(10)]))
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=5.0, delay=1.0))
    cells[[0, 1, 2, 5, 6, 8]].record("v")
    cells[2:6].record("spikes")
    sim.run(30)
    signal = cells.get_data("v").segments[0].analogsignals[0]
    assert signal.shape == (30, 6)
    assert list(signal.array_annotations["channel_index"]) == [0, 1, 2, 5, 6, 8]
    spikes = cells.get_data("spikes").segments[0].spiketrains
    assert [list(t.magnitude) for t in spikes] == [
        [7.0 + i] if 2 <= i < 6 else [] for i in range(10)
    ]
    assert [t.annotations["source_index"] for t in spikes] == list(range(10))
    assert cells[5:7].get_data("v").segments[0].analogsignals[0].shape == (30, 2)


def test_changing_the_network_between_runs_keeps_its_state() -> None:
    def run(*parts: float) -> list[list[float]]:
        sim.setup(timestep=1.0)
        cells = sim.Population(20, sim.IF_curr_exp(i_offset=1.2), label="cells")
        sim.Projection(
            cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.05, delay=37.0)
        )
        cells.record("spikes")
        for part in parts:
            sim.run(part)
            cells.set(tau_m=20.0)  # the same value: a change that changes nothing
        return trains(cells)

    assert run(30, 1, 50, 119) == run(200)


def test_spike_counts_of_a_poisson_source_follow_its_rate() -> None:
    sim.setup(timestep=1.0)
    source = sim.Population(500, sim.SpikeSourcePoisson(rate=50.0), label="noise", seed=3)
    source.record("spikes")
    sim.run(1000)
    counts = np.array(list(source.get_spike_counts().values()))
    assert counts.sum() == pytest.approx(25000, abs=5 * 25000**0.5)
    assert counts.var() == pytest.approx(50, rel=0.3)
    source.set(rate=0.0)
    sim.run(100)
    assert sum(source.get_spike_counts().values()) == counts.sum()
