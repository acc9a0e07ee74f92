# SPDX-License-Identifier: Apache-2.0
"""Populations, views, cells and their parameters."""

from __future__ import annotations

import math

import numpy as np
import pyNN.spiNNaker as sim
import pytest
from pyNN.errors import InvalidParameterValueError, NonExistentParameterError
from pyNN.random import NumpyRNG, RandomDistribution
from pyNN.space import Grid2D, Grid3D, Line, RandomStructure, Sphere
from spynnaker.pyNN.exceptions import ConfigurationException, SpynnakerException

from spinnlab import _core

#: Model -> parameters, state, receptors, as the original's users know them.
MODELS = {
    "IF_curr_exp": (
        dict(tau_m=20, cm=1, v_rest=-65, v_reset=-65, v_thresh=-50, tau_syn_E=5, tau_syn_I=5,
             tau_refrac=0.1, i_offset=0),
        dict(v=-65, isyn_exc=0, isyn_inh=0),
    ),
    "IF_cond_exp": (
        dict(tau_m=20, cm=1, v_rest=-65, v_reset=-65, v_thresh=-50, tau_syn_E=5, tau_syn_I=5,
             tau_refrac=0.1, i_offset=0, e_rev_E=0, e_rev_I=-70),
        dict(v=-65, isyn_exc=0, isyn_inh=0),
    ),
    "IF_curr_alpha": (
        dict(tau_m=20, cm=1, v_rest=-65, v_reset=-65, v_thresh=-50, tau_syn_E=0.5, tau_syn_I=0.5,
             tau_refrac=0.1, i_offset=0),
        dict(v=-65, exc_response=0, exc_exp_response=0, inh_response=0, inh_exp_response=0),
    ),
    "IF_curr_delta": (
        dict(tau_m=20, cm=1, v_rest=-65, v_reset=-65, v_thresh=-50, tau_refrac=0.1, i_offset=0),
        dict(v=-65, isyn_exc=0, isyn_inh=0),
    ),
    "Izhikevich": (
        dict(a=0.02, b=0.2, c=-65, d=2, i_offset=0, tau_syn_E=5, tau_syn_I=5),
        dict(v=-70, u=-14, isyn_exc=0, isyn_inh=0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_models_have_the_originals_parameters(name: str) -> None:
    model = getattr(sim, name)
    parameters, state = MODELS[name]
    assert model.default_parameters == parameters
    assert model.default_initial_values == state
    assert model.receptor_types == ("excitatory", "inhibitory")
    assert set(model.recordable) == {"spikes", "v", "gsyn_exc", "gsyn_inh", "packets-per-timestep"}
    assert model.conductance_based is (name == "IF_cond_exp")
    sim.setup(timestep=1.0)
    cells = sim.Population(3, model())
    cells.record("all")
    sim.run(5)
    first = cells.get_data("v").segments[0].analogsignals[0].magnitude[0]
    assert first.tolist() == [float(state["v"])] * 3


def test_sources_have_the_originals_parameters() -> None:
    assert sim.SpikeSourceArray.default_parameters.keys() == {"spike_times"}
    assert sim.SpikeSourcePoisson.default_parameters == {"rate": 0, "start": 0, "duration": 1e10}
    assert sim.SpikeSourceArray.recordable == ["spikes"]


# ---- sizes, labels, types


@pytest.mark.parametrize("size", [0, -1, 2.5, math.nan, "many", None, (2, 0), 2**40])
def test_sizes_that_cannot_be(size: object) -> None:
    sim.setup(timestep=1.0)
    with pytest.raises((ConfigurationException, SpynnakerException, TypeError, ValueError)):
        sim.Population(size, sim.IF_curr_exp())
        sim.run(1)
    sim.setup(timestep=1.0)
    sim.Population(1, sim.IF_curr_exp())
    assert sim.run(1) == 1.0


def test_sizes_that_are_nearly_whole_are_taken() -> None:
    sim.setup(timestep=1.0)
    assert len(sim.Population(4.0, sim.IF_curr_exp())) == 4
    assert len(sim.Population(np.int64(3), sim.IF_curr_exp())) == 3
    assert len(sim.Population((2, 3), sim.IF_curr_exp())) == 6


def test_labels_are_unique() -> None:
    sim.setup(timestep=1.0)
    one, two = (sim.Population(1, sim.IF_curr_exp(), label="same") for _ in range(2))
    three, four = (sim.Population(1, sim.IF_curr_exp()) for _ in range(2))
    assert len({p.label for p in (one, two, three, four)}) == 4 and one.label == "same"


def test_cell_types_that_cannot_be() -> None:
    sim.setup(timestep=1.0)
    for cell, parameters in (("IF_curr_exp", None), (3, None), (sim.IF_curr_exp(), {"tau_m": 1})):
        with pytest.raises(ConfigurationException):
            sim.Population(1, cell, parameters)
    for wrong in (
        lambda: sim.IF_curr_exp(tau=3),
        lambda: sim.Population(1, sim.IF_curr_exp, {"x": 1}),
    ):
        with pytest.raises(TypeError, match=r"tau|x"):
            wrong()
        with pytest.raises(NonExistentParameterError):
            wrong()


def test_options_of_populations(caplog: pytest.LogCaptureFixture) -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(
        10, sim.IF_curr_exp(), neurons_per_core=3, n_steps_per_timestep=2, drop_late_spikes=True,
        additional_parameters={"spikes_per_second": 50, "incoming_spike_buffer_size": 512,
                               "splitter": None, "nonsense": 1},
    )  # fmt: skip
    assert caplog.text.count("will be ignored") == 1 and "nonsense" in caplog.text
    sim.get_machine()
    from spinnlab.pynn import simulator

    assert simulator.state.current_run.image.summary()[cells.core_index]["cores"] == 4
    with pytest.raises(SpynnakerException, match="256"):
        cells.set_max_atoms_per_core(257)
    cells.set_max_atoms_per_core((2, 2))
    cells.add_placement_constraint(x=1, y=1, p=3)
    sim.get_machine()
    image = simulator.state.current_run.image
    assert image.summary()[cells.core_index]["cores"] == 3
    assert image.cores_of(cells.core_index)[0][2:5] == (1, 1, 3)


@pytest.mark.parametrize(
    "options",
    [
        {"neurons_per_core": 0}, {"neurons_per_core": "x"}, {"n_steps_per_timestep": 0},
        {"spikes_per_second": -1}, {"ring_buffer_sigma": math.nan}, {"seed": -1},
        {"seed": "x"}, {"n_colour_bits": 99}, {"max_expected_summed_weight": [1.0]},
    ],
)  # fmt: skip
def test_options_that_cannot_be(options: dict[str, object]) -> None:
    sim.setup(timestep=1.0)
    with pytest.raises((SpynnakerException, ConfigurationException, ValueError, TypeError)) as it:
        sim.Population(3, sim.IF_curr_exp(), label="cells", **options)
        sim.run(1)
    assert next(iter(options)) in str(it.value) or "cells" in str(it.value)


# ---- parameters


def test_parameters_of_every_form_reach_the_cells() -> None:
    sim.setup(timestep=1.0)
    forms = {
        "number": 0.5, "list": [0.1, 0.2, 0.3, 0.4], "array": np.linspace(0.1, 0.4, 4),
        "function": lambda i: 0.1 * (i + 1), "integers": [1, 0, 1, 0], "tuple": (0.1, 0.2, 0.3, 0),
        "random": RandomDistribution("uniform", low=0.1, high=0.2, rng=NumpyRNG(seed=1)),
    }  # fmt: skip
    made = {
        form: sim.Population(4, sim.IF_curr_exp(i_offset=value), label=form)
        for form, value in forms.items()
    }
    for cells in made.values():
        cells.record("v")
    sim.run(2)
    for form, cells in made.items():
        offset = np.array(cells.get("i_offset"), dtype=float) * np.ones(4)
        v = cells.get_data("v").segments[0].analogsignals[0].magnitude[1]
        assert v == pytest.approx(-65 + offset * 20 * (1 - math.exp(-1 / 20)), abs=1e-3), form


def test_reading_serves_numbers_and_lists() -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(3, sim.IF_curr_exp(tau_m=[10.0, 11.0, 12.0]))
    assert cells.get("cm") == 1.0 and cells.get("cm") == [1.0, 1.0, 1.0]
    assert (
        cells.get("cm")[2] == 1.0
        and len(cells.get("cm")) == 3
        and list(cells.get("cm")[1:]) == [1.0] * 2
    )
    assert cells.get("cm") * 2 == 2.0 and np.allclose(cells.get("cm"), 1.0)
    with pytest.raises(IndexError):
        cells.get("cm")[3]
    both = cells.get(["cm", "tau_m"])
    assert both[0] == 1.0 and list(both["tau_m"]) == [10.0, 11.0, 12.0]
    assert cells.get("cm", simplify=False).tolist() == [1.0] * 3
    assert list(cells[1:].get("tau_m")) == [11.0, 12.0]
    with pytest.raises(KeyError):
        cells.get("nonsense")
    assert cells.initial_values["v"] == [-65.0] * 3


def test_setting_by_view_cell_and_assembly() -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(4, sim.IF_curr_exp())
    cells[[1, 3]].set(tau_m=[5.0, 7.0])
    cells[0].tau_m = 9.0
    cells[2].set_parameters(tau_m=8.0, cm=2.0)
    (cells[0:1] + cells[3:4]).set(cm=3.0)
    assert list(cells.get("tau_m")) == [9.0, 5.0, 8.0, 7.0]
    assert list(cells.get("cm")) == [3.0, 1.0, 2.0, 3.0]
    assert cells[1].get_parameters()["tau_m"] == 5.0
    cells.tset("v_rest", np.array([-60.0, -61.0, -62.0, -63.0]))
    cells.rset("i_offset", RandomDistribution("uniform", low=0.1, high=0.2))
    assert cells[3].v_rest == -63.0 and 0.1 < cells[0].i_offset < 0.2


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"nonsense": 1.0}, KeyError),
        ({"tau_m": [1.0, 2.0]}, ValueError),
        ({"tau_m": "long"}, InvalidParameterValueError),
        ({"tau_m": {}}, InvalidParameterValueError),
        ({"tau_m": None}, InvalidParameterValueError),
        ({"tau_m": [[1.0], [2.0], [3.0]]}, ValueError),
    ],
)
def test_values_that_cannot_be_leave_everything_as_it_was(
    values: dict[str, object], error: type[Exception]
) -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(3, sim.IF_curr_exp())
    with pytest.raises(error):
        cells.set(**values)
    assert cells.get("tau_m") == 20.0
    assert sim.run(1) == 1.0


@pytest.mark.parametrize("name", ["tau_m", "cm", "tau_syn_E", "v_thresh", "i_offset"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_numbers_that_do_not_fit_name_population_parameter_and_neuron(
    name: str, value: float
) -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(3, sim.IF_curr_exp(**{name: [10.0, 10.0, value]}), label="mine")
    with pytest.raises(_core.NetworkError, match=rf"mine: {name} of neuron 2") as caught:
        sim.run(1)
    assert caught.value.way_out
    cells.set(**{name: 10.0})
    assert sim.run(1) == 1.0


def test_parameters_change_between_runs_and_the_state_stays() -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=0.5))
    cells.record("v")
    sim.run(10)
    cells[1:].set(i_offset=0.0)
    sim.run(10)
    v = cells.get_data("v").segments[0].analogsignals[0].magnitude
    assert np.all(np.diff(v[:, 0]) > 0)
    assert np.all(np.diff(v[:11, 1]) > 0) and np.all(np.diff(v[10:, 1]) < 0)
    assert np.array_equal(v[:11, 0], v[:11, 1])


# ---- state


def test_initial_values_and_state() -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(3, sim.IF_curr_exp(), initial_values={"v": -64.0})
    assert cells.initial_values["v"] == [-64.0] * 3
    cells.initialize(v=lambda i: -60.0 - i)
    cells[1].set_initial_value("v", -70.0)
    cells[2:].initialize(isyn_exc=1.0)
    assert cells.initial_values["v"] == [-60.0, -70.0, -62.0]
    assert cells[1].get_initial_value("v") == -70.0
    assert cells.initial_values["isyn_exc"] == [0.0, 0.0, 1.0]
    cells.record("v")
    sim.run(3)
    assert cells.current_values["v"] != [-60.0, -70.0, -62.0]
    cells[0:1].set_state(v=-55.0)
    assert cells.current_values["v"][0] == -55.0
    sim.run(1)
    v = cells.get_data("v").segments[0].analogsignals[0].magnitude
    assert v[0].tolist() == [-60.0, -70.0, -62.0] and v[3, 0] == -55.0
    sim.reset()
    assert cells.current_values["v"] == [-60.0, -70.0, -62.0]
    with pytest.raises(KeyError, match=r"no state variable w; it has v"):
        cells.initialize(w=1.0)


def test_old_ways_to_give_initial_values() -> None:
    sim.setup(timestep=1.0)
    by_name = sim.Population(2, sim.IF_curr_exp, {"v_init": -60.0})
    by_state = sim.Population(3, sim.IF_curr_exp, {"v": [-60.0, -61.0, -62.0]})
    later = sim.Population(2, sim.IF_curr_exp())
    later.set(v=-59.0)
    later.set(v_init=-58.0)
    later.tset("v", [-57.0, -56.0])
    later.set_initial_value("isyn_exc", 0.5)
    izhikevich = sim.Population(1, sim.Izhikevich, {"u_init": -13.0, "v_init": -71.0})
    assert by_name.initial_values["v"] == [-60.0] * 2
    assert by_state.initial_values["v"] == [-60.0, -61.0, -62.0]
    assert later.initial_values["v"] == [-57.0, -56.0]
    assert izhikevich.initial_values["u"] == [-13.0]


# ---- views, cells, assemblies


def test_views_of_views_and_their_indexes() -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(10, sim.IF_curr_exp(), label="cells")
    mask = np.zeros(10, dtype=bool)
    mask[[1, 4, 9]] = True
    views = {
        "slice": cells[2:8:2],
        "list": cells[[7, 2]],
        "mask": cells[mask],
        "tuple": cells[1, 5],
    }
    assert {k: list(v.member_indexes()) for k, v in views.items()} == {
        "slice": [2, 4, 6], "list": [2, 7], "mask": [1, 4, 9], "tuple": [1, 5],
    }  # fmt: skip
    inner = views["slice"][1:]
    assert inner.grandparent is cells and inner.parent is views["slice"]
    assert list(inner.index_in_grandparent([0, 1])) == [4, 6]
    assert inner.size == len(inner) == 2 and inner.celltype is cells.celltype
    assert inner.id_to_index(cells[6]) == 1
    assert len(cells.sample(4, NumpyRNG(seed=1))) == 4
    with pytest.raises(IndexError):
        cells[10]


def test_cells_are_numbered_over_all_populations() -> None:
    sim.setup(timestep=1.0)
    a, b = (sim.Population(3, sim.IF_curr_exp(tau_m=m)) for m in (10.0, 12.0))
    assert (a.first_id, a.last_id, b.first_id) == (0, 2, 3)
    assert [int(i) for i in b] == [3, 4, 5] == b.all_cells.tolist()
    cell = b[1]
    assert cell == 4 and cell.id == 4 and cell.local and cell.parent is b
    assert b.id_to_index(cell) == 1 and list(b.id_to_index([3, 5])) == [0, 2]
    assert b.index_to_id(2) == 5
    assert cell.tau_m == 12.0 and cell.celltype is b.celltype
    assert cell in b and cell not in a
    with pytest.raises(ValueError, match="99"):
        b.id_to_index(99)
    with pytest.raises(KeyError):
        _ = cell.nonsense
    assert cell.as_view().size == 1


def test_assemblies() -> None:
    sim.setup(timestep=1.0)
    a, b = (sim.Population(3, sim.IF_curr_exp(tau_m=m), label=str(m)) for m in (10.0, 12.0))
    both = a + b
    assert isinstance(both, sim.Assembly) and both.size == 6
    assert sim.Assembly(a, b[1:], label="mine").size == 5
    assert list(both.get("tau_m")) == [10.0] * 3 + [12.0] * 3
    both.set(tau_m=15.0)
    assert b.get("tau_m") == 15.0
    both.initialize(v=-61.0)
    assert a.initial_values["v"] == [-61.0] * 3
    assert both.get_population("12.0") is b


@pytest.mark.parametrize(
    "structure",
    [Line(dx=2.0), Grid2D(), Grid3D(), RandomStructure(Sphere(100.0), rng=NumpyRNG(seed=1))],
)
def test_structures_place_cells(structure: object) -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(64, sim.IF_curr_exp(), structure=structure)
    assert cells.positions.shape == (3, 64) and cells.structure is structure
    assert cells[3].position.shape == (3,)
    assert cells.nearest(cells.positions[:, 5]) == cells[5]
    assert sim.distance(cells[0], cells[1]) > 0
    assert sim.run(1) == 1.0


def test_questions_about_a_population() -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(2, sim.IF_cond_exp(), label="cells")
    assert cells.find_units("v") == "mV" and cells.find_units("gsyn_exc") == "uS"
    assert cells.can_record("spikes") and not cells.can_record("u")
    assert cells.conductance_based and list(cells.receptor_types) == ["excitatory", "inhibitory"]
    assert "cells" in cells.describe() and "cells" in cells[:1].describe()
    assert cells.local_size == 2 and cells.label == "cells"


# ---- sources


def test_spike_times_of_every_form() -> None:
    sim.setup(timestep=1.0)
    forms = {
        "one list": ([3, 1.0, 2], [[1.0, 2.0, 3.0]] * 2),
        "lists": ([[5.0], [1.0, 7.0]], [[5.0], [1.0, 7.0]]),
        "empty": ([], [[], []]),
        "one empty": ([[], [4]], [[], [4.0]]),
        "numbers and lists": ([3, [4, 5]], [[3.0], [4.0, 5.0]]),
        "array": (np.array([2.0, 6.0]), [[2.0, 6.0]] * 2),
        "rows": (np.array([[1.0, 2.0], [3.0, 4.0]]), [[1.0, 2.0], [3.0, 4.0]]),
        "off the grid": ([[0.4], [2.5]], [[1.0], [3.0]]),
        "tuple": ((1.0, 2.0), [[1.0, 2.0]] * 2),
    }
    made = {k: sim.Population(2, sim.SpikeSourceArray(v[0]), label=k) for k, v in forms.items()}
    for source in made.values():
        source.record("spikes")
    sim.run(10)
    for form, source in made.items():
        trains = source.get_data("spikes").segments[0].spiketrains
        assert [t.magnitude.tolist() for t in trains] == forms[form][1], form


def test_spike_times_between_runs() -> None:
    sim.setup(timestep=1.0)
    source = sim.Population(1, sim.SpikeSourceArray([2.0]))
    source.record("spikes")
    sim.run(5)
    source.set(spike_times=[1.0, 3.0, 7.0])  # what has passed stays as it was
    sim.run(5)
    assert source.get_data().segments[0].spiketrains[0].magnitude.tolist() == [2.0, 7.0]
    sim.reset()
    source.set(spike_times=[[4.0]])
    sim.run(5)
    assert source.get_data().segments[1].spiketrains[0].magnitude.tolist() == [4.0]


@pytest.mark.parametrize(
    "spike_times", [[math.nan], [math.inf], [-1.0], [[1.0], [math.nan]], "soon", [None]]
)
def test_spike_times_that_cannot_be(spike_times: object) -> None:
    sim.setup(timestep=1.0)
    with pytest.raises((SpynnakerException, ValueError, TypeError, InvalidParameterValueError)):
        sim.Population(2, sim.SpikeSourceArray(spike_times), label="mine")
        sim.run(1)
    sim.setup(timestep=1.0)
    sim.Population(2, sim.SpikeSourceArray([1.0]))
    assert sim.run(3) == 3.0


def test_too_many_lists_of_spike_times() -> None:
    sim.setup(timestep=1.0)
    with pytest.raises(ValueError, match=r"3|2"):
        sim.Population(2, sim.SpikeSourceArray([[1.0], [2.0], [3.0]]))


def test_poisson_sources_start_and_stop() -> None:
    sim.setup(timestep=1.0)
    source = sim.Population(
        300, sim.SpikeSourcePoisson(rate=100.0, start=50.0, duration=100.0), seed=1
    )
    ever = sim.Population(2, sim.SpikeSourcePoisson(rate=[0.0, 1000.0], duration=None), seed=1)
    for population in (source, ever):
        population.record("spikes")
    sim.run(300)
    trains = source.get_data().segments[0].spiketrains
    times = np.concatenate([t.magnitude for t in trains])
    assert 50 <= times.min() < times.max() < 150
    assert len(times) == pytest.approx(3000, abs=5 * 3000**0.5)
    counts = ever.get_spike_counts()
    assert counts[0] == 0 and counts[1] == pytest.approx(300, abs=5 * 300**0.5)


@pytest.mark.parametrize(
    "values",
    [{"rate": -1.0}, {"rate": math.nan}, {"rate": math.inf}, {"rate": 1e9}, {"start": math.nan},
     {"duration": -1.0}, {"duration": math.nan}, {"rate": [1.0, 2.0, math.nan]}],
)  # fmt: skip
def test_poisson_sources_that_cannot_be(values: dict[str, object]) -> None:
    sim.setup(timestep=1.0)
    source = sim.Population(3, sim.SpikeSourcePoisson(**{"rate": 10.0} | values), label="noise")
    with pytest.raises(SpynnakerException, match=r"noise.*(rate|start|duration)") as caught:
        sim.run(1)
    assert caught.value.way_out
    source.set(rate=10.0, start=0.0, duration=10.0)
    assert sim.run(1) == 1.0


@pytest.mark.parametrize(
    ("selector", "cells"),
    [
        (range(2, 5), [2, 3, 4]),
        ((1, 2), [1, 2]),
        (slice(1, 8, 3), [1, 4, 7]),
        ([True] * 2 + [False] * 8, [0, 1]),
        (np.array([7, 3]), [3, 7]),
        ([-1], [9]),
        (4, [4]),
        (np.int64(4), [4]),
    ],
)
def test_views_by_any_selector(selector: object, cells: list[int]) -> None:
    sim.setup(1.0)
    population = sim.Population(10, sim.IF_curr_exp())
    view = sim.PopulationView(population, selector)
    assert [population.id_to_index(cell) for cell in view.all_cells] == cells
    if isinstance(selector, np.ndarray):
        assert selector.tolist() == [7, 3], "the script's own array stays as it is"


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ([20], "cannot have cell 20"),
        (slice(5, 5), "would have no cell"),
        ([], "would have no cell"),
        ([1.5], "takes a slice"),
        ("some", "takes a slice"),
        ([True, False], "2 truth values"),
    ],
)
def test_selectors_that_select_nothing_are_named(selector: object, words: str) -> None:
    sim.setup(1.0)
    population = sim.Population(10, sim.IF_curr_exp(), label="ten")
    with pytest.raises((ConfigurationException, IndexError), match=rf"ten \(10 cells\) .*{words}"):
        sim.PopulationView(population, selector)
