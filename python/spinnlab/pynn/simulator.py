# SPDX-License-Identifier: Apache-2.0
"""The state of the simulation that the PyNN classes share; PyNN calls this module `simulator`."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Any

from pyNN import common

from spinnlab.pynn.errors import (
    SimulatorRunningException,
    SimulatorShutdownException,
    not_set_up,
)
from spinnlab.pynn.one_run import OneRun
from spinnlab.pynn.state_names import OLD_STATE_NAMES

name = "SpiNNLab"
logger = logging.getLogger("spinnlab")


class ID(int, common.IDMixin):
    """One cell, made when somebody asks for it; an int, unique over all populations."""

    parent: Any

    def __new__(cls, n: int, parent: Any) -> ID:
        made = super().__new__(cls, n)
        object.__setattr__(made, "parent", parent)
        return made

    def __init__(self, n: int, parent: Any) -> None:
        pass

    @property
    def id(self) -> int:
        return int(self)

    @property
    def local(self) -> bool:
        return True

    def initialize(self, **initial_values: Any) -> None:
        """Initial values of this cell, as of a population."""
        self.as_view().initialize(**initial_values)

    def __getattr__(self, name: str) -> Any:
        """A state variable as it is now; anything else as PyNN has it."""
        variable = OLD_STATE_NAMES.get(name, name)
        if name != "parent" and variable in self.celltype.default_initial_values:
            return self.as_view().current_values[variable][0]
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Parameters and state variables only: a cell is made anew whenever it is asked for."""
        if name == "parent" or hasattr(type(self), name):
            object.__setattr__(self, name, value)
            return
        known = {*self.celltype.default_parameters, *self.celltype.default_initial_values}
        if name not in known and name not in OLD_STATE_NAMES:
            raise AttributeError(
                f"{self.parent.label}: a cell of type {type(self.celltype).__name__} has no "
                f"{name}; it has {', '.join(sorted(known))}."
            )
        self.as_view().set(**{name: value})


class State(common.control.BaseState):
    """One simulation, from `setup()` on; a new `setup()` makes a new one.

    Populations and projections keep theirs, so that data of an earlier simulation stay readable.
    """

    def __init__(self, make_run: Callable[[State], OneRun] | None = None) -> None:
        super().__init__()
        self._make_run = make_run
        self.mpi_rank = 0
        self.num_processes = 1
        self.is_set_up = False
        self.has_ended = False
        self.dt = 0.1
        self.min_delay = 0.1
        self.max_delay = float("inf")
        self.populations: list[Any] = []
        self.projections: list[Any] = []
        self.recorders: set[Any] = set()
        self.write_on_end: list[Any] = []
        self.id_counter = 0
        self.segment_counter = 0
        self.running = False
        self.inside_run = False
        self.setup_options: dict[str, Any] = {}
        #: Options of all populations from configuration files.
        self.population_options: dict[str, Any] = {}
        self.neurons_per_core: dict[str, int] = {}
        self.delay_extensions: dict[str, bool] = {}
        self.run_object: OneRun | None = None
        self.past_runs: list[OneRun] = []
        #: What a notebook shows while run() goes on; None: a line.
        self.live_view: Any = None
        #: What runs have said of themselves (`findings`).
        self.said: set[Any] = set()
        #: Steps that passed while there was no population.
        self.idle_steps = 0

    def say_once(self, text: str, about: str | None = None) -> None:
        """A warning that somebody reads once in a simulation: for each `about`, else each text."""
        if (about or text) not in self.said:
            self.said.add(about or text)
            logger.warning("%s", text)

    def require_setup(self, what: str) -> None:
        """Raises unless the simulation is set up, has not ended, and does not run just now."""
        self.require_rest(what)
        if self.has_ended:
            raise SimulatorShutdownException(
                f"{what} after end(). Call setup() to begin a new simulation."
            )
        if not self.is_set_up:
            raise not_set_up(what)

    def require_rest(self, what: str) -> None:
        """Raises while the simulation runs: a callback or another thread asks for something."""
        if self.inside_run:
            raise SimulatorRunningException(f"{what} while the simulation runs")

    def changed(self) -> None:
        """The network is not what the last run was given."""
        self.require_rest("A change of the network")
        if self.run_object is not None:
            self.run_object.network_changed = True

    @property
    def t(self) -> float:
        """Model time in ms."""
        if self.run_object is None or self.run_object.simulation is None:
            return self.idle_steps * self.dt
        return self.run_object.now_ms

    @property
    def current_run(self) -> OneRun:
        """The run of now; made when it is first needed."""
        if self.run_object is None:
            if self._make_run is None:
                raise not_set_up("A run")
            self.run_object = self._make_run(self)
        return self.run_object

    def run(self, simtime: float) -> None:
        self.run_until(self.t + simtime)

    def run_until(self, tstop: float) -> None:
        self.require_setup("run()")
        self.running = True
        if self.populations:
            self.current_run.run_until(tstop)
        else:
            logger.warning("run() with no populations: only time passes")
            self.idle_steps = steps_until(tstop, self.dt)

    def reset(self) -> None:
        """Back to t = 0; what was recorded has been put away by the recorders."""
        if self.run_object is not None:
            self.past_runs.append(self.run_object)
            self.run_object = None
        self.running = False
        self.idle_steps = 0
        self.segment_counter += 1


def steps_until(end_ms: float, dt_ms: float) -> int:
    """Whole steps from 0 that reach `end_ms`."""
    return math.ceil(end_ms / dt_ms - 1e-9)


#: The simulation of now; always asked for as `simulator.state`.
state = State()


def new_state(make_run: Callable[[State], OneRun] | None = None) -> State:
    """Forgets the simulation of before; `make_run` makes the runs of the new one."""
    global state  # noqa: PLW0603  PyNN's classes ask this module for it
    state = State(make_run)
    common.Population._nPop = common.Projection._nProj = 0
    return state
