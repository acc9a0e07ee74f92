# SPDX-License-Identifier: Apache-2.0
"""What may be done when, and the exceptions that scripts and tests catch by their names."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyNN.spiNNaker as sim
import pytest
from pyNN.random import NumpyRNG, RandomDistribution
from spinn_utilities.exceptions import SimulatorShutdownException
from spynnaker.pyNN.exceptions import (
    ConfigurationException,
    DelayExtensionException,
    SpynnakerException,
)


def small() -> tuple[sim.Population, sim.Projection]:
    sim.setup(timestep=1.0)
    cells = sim.Population(4, sim.IF_curr_exp(), label="cells")
    drive = sim.Projection(
        cells, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0), label="drive"
    )
    return cells, drive


CHANGES: dict[str, Callable[[sim.Population, sim.Projection], object]] = {
    "set": lambda cells, _: cells.set(tau_m=10.0),
    "set of a view": lambda cells, _: cells[1:3].set(v=-60.0),
    "set of a cell": lambda cells, _: setattr(cells[0], "tau_m", 10.0),
    "sim.set": lambda cells, _: sim.set(cells, tau_m=10.0),
    "initialize": lambda cells, _: cells.initialize(v=-60.0),
    "set_state": lambda cells, _: cells.set_state(v=-60.0),
    "projection": lambda _, drive: drive.set(weight=2.0),
    "connection": lambda _, drive: setattr(drive[0], "weight", 2.0),
}


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_changed_after_end(change: str) -> None:
    cells, drive = small()
    sim.run(1)
    sim.end()
    with pytest.raises(SimulatorShutdownException, match=r"after end\(\)"):
        CHANGES[change](cells, drive)


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_changed_that_the_last_setup_forgot(change: str) -> None:
    cells, drive = small()
    sim.setup(timestep=1.0)
    with pytest.raises(ConfigurationException, match="made before the last setup"):
        CHANGES[change](cells, drive)


def test_the_procedural_set() -> None:
    cells, _ = small()
    sim.set(cells, tau_m=10.0)
    sim.set(cells[2:], tau_m=11.0)
    sim.set(cells[0], tau_m=12.0, v=-61.0)
    sim.set(sim.Assembly(cells[1:2]), cm=2.0)
    assert list(cells.get("tau_m")) == [12.0, 10.0, 11.0, 11.0]
    assert list(cells.get("cm")) == [1.0, 2.0, 1.0, 1.0]
    assert cells.initial_column("v")[0] == -61.0
    with pytest.raises(ConfigurationException, match=r"set\(3, \.\.\.\)"):
        sim.set(3, tau_m=10.0)


def test_a_star_import_leaves_pythons_own_set() -> None:
    code = "from pyNN.spiNNaker import *\nassert set([1, 1]) == {1}\n"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["v", "v_init"])
def test_a_state_variable_of_one_cell(name: str) -> None:
    cells, _ = small()
    setattr(cells[1], name, -60.0)
    assert list(cells.initial_column("v")) == [-65.0, -60.0, -65.0, -65.0]
    sim.run(1)
    setattr(cells[2], name, -50.5)
    assert cells.current_values["v"][2] == -50.5
    assert getattr(cells[2], name) == -50.5
    with pytest.raises(Exception, match="nothing_such"):
        _ = cells[2].nothing_such


def test_a_typing_error_on_a_cell_is_named() -> None:
    cells, _ = small()
    with pytest.raises(AttributeError, match=r"cells: .*IF_curr_exp has no tau_n; .*tau_m"):
        cells[0].tau_n = 3.0
    cells[0].position = (1.0, 2.0, 3.0)
    assert list(cells[0].position) == [1.0, 2.0, 3.0]


def test_a_delay_that_needs_a_delay_core_where_none_is_allowed() -> None:
    sim.setup(timestep=1.0)
    sim.set_allow_delay_extensions(sim.IF_curr_exp, False)
    cells = sim.Population(300, sim.IF_curr_exp(), label="cells")
    sim.Projection(
        cells, cells, sim.OneToOneConnector(), sim.StaticSynapse(delay=5000.0), label="slow"
    )
    with pytest.raises(DelayExtensionException, match="slow: a delay of 5000 steps, cells holds"):
        sim.run(1)
    assert issubclass(DelayExtensionException, ConfigurationException)


@pytest.mark.parametrize(
    "weights",
    [
        RandomDistribution("uniform", low=-1.0, high=1.0),
        # Not of the core's distributions, and an array: PyNN makes these.
        RandomDistribution("vonmises", mu=0.0, kappa=0.1, rng=NumpyRNG(seed=1)),
        np.array([[1.0, -1.0, 1.0, 1.0]] * 4),
    ],
    ids=["uniform", "vonmises", "array"],
)
def test_weights_of_both_signs(weights: object) -> None:
    cells, _ = small()
    with pytest.raises(SpynnakerException, match="both signs"):
        sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=weights))
        sim.run(1)


@pytest.mark.parametrize("rng", [None, NumpyRNG(seed=3)], ids=["core", "host"])
def test_drawn_weights_of_both_signs_for_a_list(rng: object) -> None:
    """The original's host draws them, and sees them."""
    rows = [(i, j) for i in range(4) for j in range(4)]
    for low, is_refused in ((-1.0, True), (0.1, False)):
        weights = RandomDistribution("uniform", low=low, high=1.0, rng=rng)
        sim.setup(timestep=1.0)
        cells = sim.Population(4, sim.IF_curr_exp())

        def use(cells: sim.Population = cells, weights: object = weights) -> None:
            listed = sim.FromListConnector(rows)
            sim.Projection(cells, cells, listed, sim.StaticSynapse(weight=weights))
            sim.run(1)

        if is_refused:
            with pytest.raises(SpynnakerException, match="weights of both signs, from -"):
                use()
        else:
            use()


def test_a_list_with_weights_of_both_signs_counts_magnitudes_as_in_the_original() -> None:
    cells, _ = small()
    rows = [(0, 1, 0.5, 1.0), (1, 2, -0.5, 1.0)]
    made = sim.Projection(cells, cells, sim.FromListConnector(rows))
    sim.run(1)
    assert [abs(row[2]) for row in made.get("weight", "list")] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (
            "spinn_utilities.exceptions",
            "SpiNNUtilsException SimulatorNotSetupException SimulatorRunningException "
            "SimulatorShutdownException SimulatorNotRunException NotSetupException "
            "ConfigException DataNotYetAvialable DataNotMocked UnexpectedStateChange "
            "InvalidDirectory ShutdownException IllegalWriterException UnexpectedCException "
            "UnexpectedConfigException NoConfigFoundException TwoUserConfigsException",
        ),
        (
            "spinn_front_end_common.utilities.exceptions",
            "SpinnFrontEndException ConfigurationException RallocException "
            "ExecutableFailedToStartException ExecutableFailedToStopException "
            "ExecutableNotFoundException BufferableRegionTooSmall BufferedRegionNotPresent "
            "CantFindSDRAMToUseException DsDatabaseException DatabaseException DataSpecException",
        ),
        (
            "pacman.exceptions",
            "PacmanException PacmanTooBigToPlace PacmanPlaceException PacmanPartitionException "
            "PacmanConfigurationException MinimisationFailedError PacmanRoutingException "
            "PacmanRouteInfoAllocationException PacmanValueError PacmanAlreadyPlacedError "
            "PacmanNotFoundError MachineHasDisconnectedSubRegion",
        ),
        (
            "spynnaker.pyNN.exceptions",
            "SpynnakerException MemReadException FilterableException InvalidParameterType "
            "SynapseRowTooBigException SynapticConfigurationException "
            "SynapticBlockGenerationException SynapticBlockReadException "
            "SynapticMaxIncomingAtomsSupportException DelayExtensionException "
            "SpynnakerSplitterConfigurationException",
        ),
        (
            "spinnman.exceptions",
            "SpinnmanException SpinnmanTimeoutException SpiNNManCoresNotInStateException "
            "SpallocException SpallocBoardUnavailableException",
        ),
    ],
)
def test_names_of_exceptions(module: str, names: str) -> None:
    found = importlib.import_module(module)
    for name in names.split():
        assert issubclass(getattr(found, name), Exception), name
        assert hasattr(found, name)
    if module.startswith("spinn_utilities"):
        assert issubclass(found.DataNotMocked, found.DataNotYetAvialable)
        assert not hasattr(found, "NoSuchThing")


def test_the_base_class_of_the_originals_tests(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        """
import logging
import pyNN.spiNNaker as sim
from spinnaker_testbase import BaseTestCase
from spynnaker.pyNN.config_setup import unittest_setup


class TestOne(BaseTestCase):
    def run_it(self):
        unittest_setup()
        sim.setup(timestep=1.0)
        cells = sim.Population(1, sim.IF_curr_exp(i_offset=2.0))
        cells.record("spikes")
        sim.run(50)
        assert cells.get_spike_counts()[0] > 0

    def test_run(self):
        self.runsafe(self.run_it)

    def test_skip(self):
        def wrong():
            raise ValueError("too small")
        self.runsafe(wrong, skip_exceptions=[ValueError])

    def test_messages(self):
        record = logging.LogRecord("a", logging.WARNING, "f", 1, "%s is odd", ("3",), None)
        self.assert_logs_messages([record], "3 is odd", "WARNING")
        with self.assertRaises(AssertionError):
            self.assert_logs_messages([record], "3 is odd", "ERROR")
"""
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_one.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "2 passed, 1 skipped" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("new", [{"delay": 2.0}, {"delay": 300.0}, {"weight": 1.5}])
def test_spikes_on_their_way_keep_the_weight_and_delay_they_were_sent_with(
    new: dict[str, float],
) -> None:
    def arrivals(**changed: float) -> list[float]:
        sim.setup(1.0)
        source = sim.Population(1, sim.SpikeSourceArray([10.0]))
        target = sim.Population(1, sim.IF_curr_exp(tau_syn_E=0.5), label="target")
        drive = sim.Projection(
            source, target, sim.OneToOneConnector(), sim.StaticSynapse(weight=3.0, delay=40.0)
        )
        target.record("gsyn_exc")
        sim.run(20)
        if changed:
            drive.set(**changed)
        sim.run(400)
        signal = target.get_data().segments[0].filter(name="gsyn_exc")[0]
        return [round(float(x), 2) for x in signal.magnitude[:, 0]]

    unchanged = arrivals()
    assert max(unchanged) > 1.0
    assert arrivals(**new) == unchanged
