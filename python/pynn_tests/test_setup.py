# SPDX-License-Identifier: Apache-2.0
"""setup, run and their relatives; configuration files."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyNN.spiNNaker as sim
import pytest
from spinn_utilities.exceptions import (
    SimulatorNotSetupException,
    SimulatorRunningException,
    SimulatorShutdownException,
)
from spinnlab.pynn import configuration, simulator
from spynnaker.pyNN.exceptions import ConfigurationException, SpynnakerException


def cell(**options: object) -> sim.Population:
    return sim.Population(1, sim.IF_curr_exp(), **options)


@pytest.mark.parametrize(
    ("given", "step_ms"),
    [(1.0, 1.0), (1, 1.0), ("auto", 1.0), (None, 0.1), (0.1, 0.1), (0.0015, 0.002), ("2", 2.0)],
)
def test_time_steps_are_whole_microseconds_rounded_up(given: object, step_ms: float) -> None:
    assert sim.setup(timestep=given) == 0
    assert sim.get_time_step() == step_ms
    assert sim.get_min_delay() == step_ms


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"timestep": 0}, ConfigurationException),
        ({"timestep": -1}, ConfigurationException),
        ({"timestep": math.nan}, ConfigurationException),
        ({"timestep": math.inf}, ConfigurationException),
        ({"timestep": "fast"}, TypeError),
        ({"timestep": 1.0, "min_delay": 0.5}, ConfigurationException),
        ({"timestep": 1.0, "min_delay": math.nan}, ConfigurationException),
        ({"timestep": 1.0, "min_delay": 2.0, "max_delay": 1.0}, ConfigurationException),
        ({"timestep": 1.0, "time_scale_factor": 0}, ConfigurationException),
        ({"timestep": 1.0, "time_scale_factor": "2"}, TypeError),
        ({"timestep": 1.0, "n_boards_required": 1, "n_chips_required": 1}, ValueError),
        ({"timestep": 1.0, "n_boards_required": 0}, ConfigurationException),
        ({"timestep": 1.0, "threads": -1}, ConfigurationException),
        ({"timestep": 1.0, "seed": "x"}, ConfigurationException),
        ({"timestep": 1.0, "profile": "5"}, ConfigurationException),
        ({"timestep": 1.0, "rng": "mine"}, ConfigurationException),
        ({"dt": 1.0}, SpynnakerException),
        ({"mindelay": 1.0}, SpynnakerException),
    ],
)
def test_arguments_that_cannot_be(arguments: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        sim.setup(**arguments)
    assert any(name in str(caught.value) for name in arguments) or "chips" in str(caught.value)
    sim.setup(timestep=1.0)  # and the next one works
    assert sim.get_time_step() == 1.0


def test_arguments_of_other_back_ends_do_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    sim.setup(
        timestep=1.0, max_delay=None, spike_precision="on_grid", db_name="x", debug=True,
        quit_on_end=False, rngseed=3, time_scale_factor=10, database_socket_addresses=None,
    )  # fmt: skip
    assert not caplog.records
    sim.setup(timestep=1.0, something_new=3)
    assert "something_new" in caplog.text
    assert sim.get_max_delay() == math.inf


def test_a_minimum_delay_off_the_grid_is_rounded_and_said(caplog: pytest.LogCaptureFixture) -> None:
    sim.setup(timestep=1.0, min_delay=1.4)
    assert sim.get_min_delay() == 1.0
    assert "1.4" in caplog.text


def test_the_smallest_delay_is_the_default_of_synapses() -> None:
    sim.setup(timestep=0.5, min_delay=2.0)
    a = cell()
    assert sim.Projection(a, a, sim.AllToAllConnector()).get(["weight", "delay"], "list") == [
        (0, 0, 0.0, 2.0)
    ]


def test_time_goes_on_and_back() -> None:
    sim.setup(timestep=1.0)
    assert (sim.num_processes(), sim.rank()) == (1, 0)
    cell()
    assert sim.get_current_time() == 0.0
    assert sim.run(10) == 10.0
    assert sim.run_for(5.5) == 16.0  # rounded up to whole steps
    assert sim.run_until(20) == 20.0
    assert sim.run(0) == 20.0
    with pytest.raises(ValueError, match=r"20|past"):
        sim.run_until(3)
    sim.reset()
    assert sim.get_current_time() == 0.0
    assert sim.run(3) == 3.0


def test_a_time_that_is_no_multiple_of_the_step_is_said(caplog: pytest.LogCaptureFixture) -> None:
    sim.setup(timestep=1.0)
    cell()
    assert sim.run(2.25) == 3.0
    assert "2.25" in caplog.text


@pytest.mark.parametrize("time_ms", [math.nan, math.inf, -1.0, 1e13, "long"])
def test_times_that_cannot_be(time_ms: object) -> None:
    sim.setup(timestep=1.0)
    cell()
    with pytest.raises((ConfigurationException, ValueError, TypeError)):
        sim.run(time_ms)
    assert sim.run(1) == 1.0


def test_callbacks_are_called_when_they_ask_for_it() -> None:
    sim.setup(timestep=1.0)
    seen: list[float] = []

    def every_ten(t: float) -> float:
        seen.append(t)
        return t + 10.0

    sim.run(25, callbacks=[every_ten])  # without a population, too
    assert seen == [0.0, 10.0, 20.0, 25.0]
    sim.setup(timestep=1.0)
    cell()
    seen.clear()
    sim.run(25, callbacks=[every_ten])
    assert seen == [0.0, 10.0, 20.0, 25.0]


def test_time_passes_without_populations_and_the_first_one_starts_there() -> None:
    sim.setup(timestep=1.0)
    assert sim.run(7) == 7.0
    late = cell()
    late.record("v")
    assert sim.run(3) == 10.0
    signal = late.get_data("v").segments[0].analogsignals[0]
    assert float(signal.t_start) == 0.0
    assert len(signal) == 10


def test_life_cycle() -> None:
    sim.end()  # before setup: nothing to do
    for too_early in (lambda: sim.run(1), sim.reset, sim.get_machine, cell,
                      lambda: sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 10)):  # fmt: skip
        with pytest.raises(SimulatorNotSetupException, match="setup"):
            too_early()
    sim.setup(timestep=1.0)
    sim.reset()  # before a run: nothing to do
    sim.reset()
    only = cell()
    sim.run(1)
    sim.end()
    sim.end()
    for too_late in (lambda: sim.run(1), sim.reset, cell, lambda: only.record("v")):
        with pytest.raises(SimulatorShutdownException, match="end"):
            too_late()


def test_nothing_can_be_done_from_inside_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(10, sim.IF_curr_exp())
    seen: list[type] = []

    def look(_self: object, _progress: object) -> bool:
        for inside in (lambda: sim.run(1), lambda: sim.setup(timestep=1.0), sim.reset, sim.end,
                       lambda: cells.set(tau_m=10.0)):  # fmt: skip
            try:
                inside()
            except SimulatorRunningException as error:
                seen.append(type(error))
        return False  # which ends the run

    monkeypatch.setattr("spinnlab.pynn.progress.ProgressLine.__call__", look)
    stopped = sim.run(1e9)
    assert len(seen) == 5
    monkeypatch.undo()
    assert sim.run(1) == stopped + 1


def test_the_procedural_interface() -> None:
    sim.setup(timestep=1.0)
    source = sim.create(sim.SpikeSourceArray, {"spike_times": [1.0]}, n=2)
    cells = sim.create(sim.IF_curr_exp, n=3)
    one = sim.create(sim.IF_curr_exp(tau_m=10.0))
    assert (len(source), len(cells), len(one)) == (2, 3, 1)
    sim.connect(source, cells, weight=5.0, delay=2.0)
    sim.connect(source[0], one, weight=1.0, receptor_type="inhibitory", p=1.0)
    sim.record("spikes", cells, "at_end.pkl")
    sim.record(["v"], one, None, sampling_interval=2.0)
    sim.initialize(cells, v=-66.0)
    sim.run(20)
    assert cells.mean_spike_count() == 1.0
    assert len(one.get_data("v").segments[0].analogsignals[0]) == 10
    sim.end()
    assert Path("at_end.pkl").stat().st_size > 0


def test_names_and_lists() -> None:
    assert sim.name() == "SpiNNLab"
    assert set(sim.list_standard_models()) == {
        "IF_cond_exp", "IF_curr_exp", "IF_curr_alpha", "IF_curr_delta", "Izhikevich",
        "SpikeSourceArray", "SpikeSourcePoisson",
    }  # fmt: skip


def test_the_machine_grows_and_can_be_asked_for() -> None:
    sim.setup(timestep=1.0)
    cell()
    machine = sim.get_machine()
    assert machine.n_chips == 48 and machine.is_chip_at(0, 0) and not machine.is_chip_at(0, 7)
    assert len(list(machine.ethernet_connected_chips)) == 1
    sim.setup(timestep=1.0, n_chips_required=49)
    cell()
    assert sim.get_machine().n_boards >= 2
    sim.setup(timestep=1.0)
    sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 1)
    sim.Population(900, sim.IF_curr_exp())
    assert sim.get_machine().n_boards > 1
    assert sim.run(1) == 1.0


# ---- configuration files


@pytest.fixture(autouse=True)
def nothing_was_told() -> None:
    configuration._told.clear()


def test_a_real_machine_in_the_users_file_is_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".spynnaker.cfg").write_text(
        "[Machine]\nmachineName = None\nspalloc_server = spinnaker.example\nversion = 5\n"
        "spalloc_port = 22244\n[Reports]\nwrite_energy_report = True\n[Logging]\ndefault = info\n"
    )
    sim.setup(timestep=1.0)
    sim.setup(timestep=1.0)
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path}/.spynnaker.cfg names a machine (spinnaker.example): "
        "a software machine is used instead"
    ]


def test_unknown_and_removed_options_are_named_once(caplog: pytest.LogCaptureFixture) -> None:
    Path("spynnaker.cfg").write_text(
        "[Machine]\nversion = 5\nrequested_something = 3\n"
        "[Mode]\nviolate_1ms_wall_clock_restriction = True\nmode = Debug\n[Nonsense]\na = 1\n"
    )
    for _ in range(3):
        sim.setup(timestep=1.0)
    texts = [record.getMessage() for record in caplog.records]
    assert len(texts) == 3
    for word in ("requested_something", "violate_1ms", "Nonsense"):
        assert sum(word in text for text in texts) == 1


def test_values_that_change_results_are_taken(tmp_path: Path) -> None:
    (tmp_path / ".spynnaker.cfg").write_text(
        "[Machine]\nsimulation_time_step = 500\n[Simulation]\nspikes_per_second = 40\n"
    )
    Path("spynnaker.cfg").write_text("[Simulation]\nring_buffer_sigma = 3\n")
    sim.setup()
    assert sim.get_time_step() == 0.5
    assert cell().core_options() == {"spikes_per_second": 40.0, "ring_buffer_sigma": 3.0}
    assert cell(spikes_per_second=20).core_options()["spikes_per_second"] == 20


def test_our_own_section(tmp_path: Path) -> None:
    Path("spynnaker.cfg").write_text("[SpiNNLab]\nthreads = 1\nseed = 7\nfaithful = True\n")
    sim.setup(timestep=1.0)
    assert simulator.state.setup_options == {"threads": 1, "seed": 7, "faithful": True}
    sim.setup(timestep=1.0, seed=8)
    assert simulator.state.setup_options["seed"] == 8


def test_all_real_machines_are_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own, beside = tmp_path / "home" / ".spynnaker.cfg", Path("spynnaker.cfg")
    own.parent.mkdir()
    own.write_text("[Machine]\nmachineName = spinn-4\nspalloc_server = spinnaker.example\n")
    beside.write_text("[Machine]\nremote_spinnaker_url = https://spinnaker.example/job\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(own.parent))
        sim.setup(timestep=1.0)
    assert [record.getMessage() for record in caplog.records] == [
        f"{own} and {beside.absolute()} name a machine (spinn-4, spinnaker.example, "
        "https://spinnaker.example/job): a software machine is used instead"
    ]


@pytest.mark.parametrize(
    ("given", "is_on"),
    [("True", True), ("false", False), ("yes", True), ("0", False), (1, True), (False, False),
     (np.True_, True), (np.False_, False)],
)  # fmt: skip
def test_switches(given: object, is_on: bool) -> None:
    sim.setup(timestep=1.0, strict=given)
    assert simulator.state.setup_options["strict"] is is_on
    Path("spynnaker.cfg").write_text(f"[SpiNNLab]\nfaithful = {given}\n")
    sim.setup(timestep=1.0)
    assert simulator.state.setup_options["faithful"] is is_on


@pytest.mark.parametrize("given", ["perhaps", "", 2, [True]])
def test_switches_that_are_neither_on_nor_off(given: object) -> None:
    with pytest.raises(ConfigurationException, match=r"strict is .*: choose True or False"):
        sim.setup(timestep=1.0, strict=given)
    Path("spynnaker.cfg").write_text("[SpiNNLab]\nstrict = perhaps\n")
    with pytest.raises(ConfigurationException, match="strict is 'perhaps'"):
        sim.setup(timestep=1.0)


def test_the_environment_stands_between_files_and_arguments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("spynnaker.cfg").write_text("[SpiNNLab]\nprofile = 7\n")
    monkeypatch.setenv("SPINNLAB_PROFILE", "6")
    monkeypatch.setenv("SPINNLAB_FAITHFUL", "0")
    sim.setup(timestep=1.0)
    assert simulator.state.setup_options == {"profile": "6", "faithful": False}
    sim.setup(timestep=1.0, profile="7", faithful=True)
    assert simulator.state.setup_options == {"profile": "7", "faithful": True}


@pytest.mark.parametrize(
    ("text", "error"),
    [("[Machine]\nsimulation_time_step = fast\n", r"spynnaker\.cfg.*fast"),
     ("[SpiNNLab]\nthreads = many\n", "threads.*many")],
)  # fmt: skip
def test_values_that_cannot_be(text: str, error: str) -> None:
    Path("spynnaker.cfg").write_text(text)
    with pytest.raises(ConfigurationException, match=error):
        sim.setup()


def test_a_file_that_is_no_configuration_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    Path("spynnaker.cfg").write_bytes(b"\xff\xfe\x00 no sections\n")
    sim.setup(timestep=1.0)
    assert "cannot be read" in caplog.text
