# SPDX-License-Identifier: Apache-2.0
"""What a script can touch: names, life cycle, errors, connections before and after a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import csa
import numpy as np
import pyNN.spiNNaker as sim
import pytest
from pyNN.random import NumpyRNG, RandomDistribution
from pyNN.space import Grid2D, Space
from spinn_utilities.exceptions import SimulatorNotSetupException, SimulatorShutdownException
from spynnaker.pyNN.exceptions import ConfigurationException

from spinnlab import _core


def small(n: int = 4, **options: object) -> sim.Population:
    return sim.Population(n, sim.IF_curr_exp(), **options)


def test_all_names_lead_to_the_same_back_end() -> None:
    code = (
        "import pyNN.spiNNaker as a, spynnaker.pyNN as b, spynnaker8 as c, spynnaker7.pyNN as d\n"
        "import pyNN.spiNNaker.external_devices, pyNN.spiNNaker.extra_models\n"
        "import spynnaker8.external_devices as e\n"
        "assert a.Population is b.Population is c.Population is d.Population\n"
        "assert a.extra_models.IFCurDelta is a.IF_curr_delta\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_run_before_setup_shows_the_missing_line() -> None:
    with pytest.raises(SimulatorNotSetupException, match=r"sim\.setup\(timestep=1\.0\)"):
        sim.run(10)
    with pytest.raises(SimulatorNotSetupException):
        small()


def test_nothing_new_after_end_but_data_stay() -> None:
    sim.setup(timestep=1.0)
    cells = small()
    cells.record("v")
    sim.run(5)
    sim.end()
    sim.end()
    assert cells.get_data().segments[0].analogsignals[0].shape == (5, 4)
    with pytest.raises(SimulatorShutdownException):
        sim.run(1)


def test_wrong_parameters_name_population_parameter_and_number() -> None:
    sim.setup(timestep=1.0)
    with pytest.raises(Exception, match="nonsense"):
        sim.IF_curr_exp(nonsense=1.0)
    cells = sim.Population(3, sim.IF_curr_exp(tau_m=[20.0, float("nan"), 20.0]), label="mine")
    with pytest.raises(_core.NetworkError, match=r"mine.*tau_m.*1.*nan") as caught:
        sim.run(1)
    assert caught.value.way_out
    cells.set(tau_m=20.0)
    sim.run(1)  # and the kernel stays usable


@pytest.mark.parametrize("size", [0, -3, 2.5])
def test_sizes_that_cannot_be(size: float) -> None:
    sim.setup(timestep=1.0)
    with pytest.raises(ConfigurationException):
        small(size)  # type: ignore[arg-type]


def test_projections_that_cannot_be() -> None:
    sim.setup(timestep=1.0)
    cells, source = small(), sim.Population(2, sim.SpikeSourceArray([1.0]))
    with pytest.raises(ConfigurationException, match="spike source"):
        sim.Projection(cells, source, sim.AllToAllConnector())
    with pytest.raises(ConfigurationException, match="receptor"):
        sim.Projection(source, cells, sim.AllToAllConnector(), receptor_type="NMDA")
    with pytest.raises(ConfigurationException):
        sim.FixedProbabilityConnector(1.5)
    with pytest.raises(NotImplementedError, match=r"STDPMechanism.*sPyNNaker 7\.4\.1"):
        sim.STDPMechanism()


def test_connections_before_a_run_are_as_given_and_after_it_as_stored() -> None:
    sim.setup(timestep=1.0)
    source, cells = sim.Population(2, sim.SpikeSourceArray([1.0])), small(3)
    listed = [(0, 2, 0.6, 3.0), (1, 0, 0.1, 1.0), (0, 1, 0.3, 2.0)]
    projection = sim.Projection(source, cells, sim.FromListConnector(listed))
    assert projection.get(["weight", "delay"], "list") == [
        (0, 1, 0.3, 2.0), (0, 2, 0.6, 3.0), (1, 0, 0.1, 1.0)]  # fmt: skip
    sim.run(1)
    weights = projection.get("weight", "array")
    assert weights[0, 2] == pytest.approx(0.6, abs=1e-4)
    assert weights[0, 2] * 65536 == round(weights[0, 2] * 65536)
    assert np.isnan(weights[0, 0])
    projection.save("all", "weights.txt")
    rows = [r for r in Path("weights.txt").read_text().splitlines() if not r.startswith("#")]
    assert len(rows) == 3


def test_set_changes_weights_between_runs() -> None:
    sim.setup(timestep=1.0)
    source, cells = sim.Population(1, sim.SpikeSourceArray([0.0, 50.0])), small(1)
    projection = sim.Projection(
        source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1, delay=1.0)
    )
    cells.record("spikes")
    sim.run(40)
    assert cells.get_spike_counts() == {0: 0}
    projection.set(weight=8.0)
    sim.run(40)
    assert cells.get_spike_counts() == {0: 1}


def test_connectors_that_pynn_draws_on_the_host() -> None:
    sim.setup(timestep=1.0)
    grid = Grid2D(aspect_ratio=1.0)
    a = sim.Population(16, sim.IF_curr_exp(), structure=grid)
    b = sim.Population(16, sim.IF_curr_exp(), structure=grid)
    near = sim.Projection(
        a,
        b,
        sim.DistanceDependentProbabilityConnector("d < 1.1", rng=NumpyRNG(seed=1)),
        sim.StaticSynapse(weight="0.1 * (1 + d)", delay=1.0),
        space=Space(),
    )
    rows = near.get("weight", "list")
    assert len(rows) == 16 + 2 * 24  # itself and its neighbours in a grid of 4 x 4
    assert {round(w, 6) for _, _, w in rows} == {0.1, 0.2}
    matrix = np.zeros((16, 16), dtype=bool)
    matrix[3, 5] = matrix[0, 0] = True
    array = sim.Projection(a, b, sim.ArrayConnector(matrix), sim.StaticSynapse(weight=1.0))
    assert [(i, j) for i, j, _ in array.get("weight", "list")] == [(0, 0), (3, 5)]
    index = sim.Projection(
        a, b, sim.FromListConnector([(0, 1), (2, 3)]), sim.StaticSynapse(weight=[0.5, 0.25])
    )
    assert index.get("weight", "list") == [(0, 1, 0.5), (2, 3, 0.25)]
    sim.run(2)


def test_connection_sets() -> None:
    sim.setup(timestep=1.0)
    a, b = small(6), small(8)
    both = sim.CSAConnector(csa.oneToOne)
    mask = sim.Projection(a, b, both, sim.StaticSynapse(weight=0.5, delay=2.0))
    diagonal = [(i, i) for i in range(6)]
    assert mask.get(["weight", "delay"], "list") == [(i, j, 0.5, 2.0) for i, j in diagonal]
    part = sim.Projection(a[2:4], b[1:7:2], both, sim.StaticSynapse(weight=0.5))
    assert part.get("weight", "list") == [(2, 1, 0.5), (3, 3, 0.5)]
    own = sim.Projection(
        a, b, sim.CSAConnector(csa.cset(csa.full - csa.oneToOne, 0.25, 3.0)), sim.StaticSynapse()
    )
    assert own.get(["weight", "delay"], "list") == [
        (i, j, 0.25, 3.0) for i in range(6) for j in range(8) if i != j
    ]
    with pytest.raises(ConfigurationException, match="of 1 values: give a mask"):
        sim.CSAConnector(csa.cset(csa.full, 0.25))


def test_a_connector_that_leaves_its_ends_is_named() -> None:
    class Beyond(sim.AllToAllConnector):
        def connect(self, projection: Any) -> None:
            projection._convergent_connect([0, 1], 3, weight=1.0, delay=1.0)

    sim.setup(timestep=1.0)
    with pytest.raises(
        ConfigurationException, match="Beyond connects the target 3; targets are 0 to 2"
    ):
        sim.Projection(small(2), small(3), Beyond(), sim.StaticSynapse())


def test_the_import_leaves_plots_to_those_who_plot() -> None:
    """matplotlib is half a second that csa would ask for."""
    code = "import sys, pyNN.spiNNaker; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_seeds_make_the_same_network() -> None:
    def rows(seed: int) -> list[tuple[float, ...]]:
        sim.setup(timestep=1.0)
        a = small(30)
        weight = RandomDistribution("normal", mu=0.5, sigma=0.1, rng=NumpyRNG(seed=seed))
        return sim.Projection(
            a, a, sim.FixedProbabilityConnector(0.3), sim.StaticSynapse(weight=weight, delay=2.0)
        ).get("weight", "list")

    assert rows(1) == rows(1)
    assert rows(1) != rows(2)
    assert np.mean([w for _, _, w in rows(1)]) == pytest.approx(0.5, abs=0.05)


def test_views_and_assemblies_are_ends_of_projections() -> None:
    sim.setup(timestep=1.0)
    a, b = small(5), small(5)
    view = a[[0, 2, 4]]
    one = sim.Projection(view, b[1:4], sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0))
    # Indexes are those of the populations, as in the original.
    assert one.get("weight", "list") == [(0, 1, 1.0), (2, 2, 1.0), (4, 3, 1.0)]
    assert one.get("weight", "array").shape == (5, 5)
    both = a + b
    every = sim.Projection(both, b, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.5))
    assert len(every) == 50
    sim.run(1)
    assert len(every.get("weight", "list")) == 50


def test_parameters_of_every_form() -> None:
    sim.setup(timestep=1.0)
    cells = small(4)
    cells.set(tau_m=[10.0, 11.0, 12.0, 13.0], cm=lambda i: 1.0 + i)
    cells[1:3].set(tau_m=5.0)
    assert list(cells.get("tau_m")) == [10.0, 5.0, 5.0, 13.0]
    assert list(cells.get("cm")) == [1.0, 2.0, 3.0, 4.0]
    cells[0].tau_m = 7.0
    assert cells[0].tau_m == 7.0
    assert cells.get("v_rest") == -65.0
    old = sim.Population(2, sim.IF_curr_exp, {"v_init": -60.0, "tau_m": 9.0})
    assert list(old.initial_column("v")) == [-60.0, -60.0]
    cells.initialize(v=RandomDistribution("uniform", low=-70, high=-60, rng=NumpyRNG(seed=1)))
    cells.record("v")
    sim.run(1)
    assert np.all(np.abs(cells.get_data("v").segments[0].analogsignals[0].magnitude + 65) <= 5)


def test_a_configuration_beside_the_script_is_read_and_stops_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Path("spynnaker.cfg").write_text(
        "[Machine]\nmachineName = spinn-4.example\nversion = 5\n"
        "[Mode]\nviolate_1ms_wall_clock_restriction = True\n[Nonsense]\na = 1\n"
    )
    sim.setup(timestep=1.0)
    text = caplog.text
    assert "software machine" in text and "Nonsense" in text and "removed" in text


def test_set_number_of_neurons_per_core_takes_names_and_tuples() -> None:
    sim.setup(timestep=1.0)
    sim.set_number_of_neurons_per_core("IF_curr_exp", 10)
    cells = small(35)
    sim.set_number_of_neurons_per_core(sim.SpikeSourcePoisson, (4, 5))
    assert sim.get_machine().n_chips == 48
    from spinnlab.pynn import simulator

    image = simulator.state.current_run.image
    assert image.summary()[cells.core_index]["cores"] == 4
