# SPDX-License-Identifier: Apache-2.0
"""What a run says of itself at its end: once, with the number and what to do."""

from __future__ import annotations

import numpy as np
import pyNN.spiNNaker as sim
import pytest


def small_and_large(weights: object, n: int = 40) -> sim.Projection:
    """A projection with the given weights, beside a large one that sets the scale."""
    sim.setup(timestep=1.0)
    source = sim.Population(n, sim.SpikeSourceArray([[5.0, 15.0]] * n), label="source")
    cells = sim.Population(n, sim.IF_curr_exp(), label="cells")
    all_to_all = sim.AllToAllConnector()
    sim.Projection(source, cells, all_to_all, sim.StaticSynapse(weight=200.0), label="large")
    cells.record("spikes")
    return sim.Projection(
        source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=weights), label="small"
    )


def test_weights_that_become_zero_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    drawn = sim.RandomDistribution("uniform", (0.0, 0.5), rng=sim.NumpyRNG(seed=3))
    projection = small_and_large(drawn)
    sim.run(30)
    kept = np.array(projection.get("weight", format="list", with_address=False))
    zeros = int(np.count_nonzero(kept == 0))
    assert 0 < zeros < 40
    assert f"small: {zeros} of 40 weights are too small for 16 bits and are 0." in caplog.text
    assert "The smallest that is kept is" in caplog.text
    assert "large:" not in caplog.text


def test_one_weight_for_all_is_judged_without_making_the_synapses(
    caplog: pytest.LogCaptureFixture,
) -> None:
    small_and_large(1e-4)
    sim.run(30)
    assert "small: 40 of 40 weights are too small for 16 bits and are 0." in caplog.text
    caplog.clear()
    small_and_large(0.0)  # a weight of 0 is what was asked for
    sim.run(30)
    assert "too small" not in caplog.text


def test_what_was_said_is_not_said_again(caplog: pytest.LogCaptureFixture) -> None:
    small_and_large(1e-4)
    sim.run(30)
    assert caplog.text.count("things to know") + caplog.text.count("thing to know") == 1
    caplog.clear()
    sim.run(30)
    sim.run(30)
    sim.reset()
    sim.run(30)
    assert not caplog.records
    # The whole is still in the summary.
    assert "small: 40 of 40 weights" in repr(sim.summary())


def test_clamped_sums_are_said_with_their_number_and_only_the_new_ones(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sim.setup(timestep=1.0)
    n = 20
    source = sim.Population(n, sim.SpikeSourceArray([[5.0, 105.0]] * n), label="source")
    cells = sim.Population(
        4,
        sim.IF_curr_exp(),
        label="cells",
        additional_parameters={"max_expected_summed_weight": [1, 1]},
    )
    sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
    sim.run(50)
    assert "cells: 4 sums of weights that arrived in one step" in caplog.text
    assert "Lower weights or rates" in caplog.text
    caplog.clear()
    sim.run(40)
    assert not caplog.records
    sim.run(50)
    assert "cells: 4 sums of weights" in caplog.text
    assert "cells: 8 sums of weights" in repr(sim.summary())


def test_a_run_with_nothing_to_know_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(10, sim.IF_curr_exp(i_offset=1.0), label="cells")
    cells.record("v")
    sim.run(100)
    assert not caplog.records
