# SPDX-License-Identifier: Apache-2.0
"""setup, run, reset, end and the questions about time."""

from __future__ import annotations

import configparser
import logging
import math
import os
from typing import Any

import numpy as np
from pyNN.common.control import build_run

from spinnlab.display import Card
from spinnlab.pynn import cards, configuration, output_files, simulator
from spinnlab.pynn.errors import (
    ConfigurationException,
    SimulatorRunningException,
    SpynnakerException,
    not_there,
)
from spinnlab.pynn.machine import CHIPS_A_BOARD, SoftwareMachine
from spinnlab.pynn.run import Run

logger = logging.getLogger("spinnlab")

#: Options of ours that setup() takes beside sPyNNaker's.
OWN_OPTIONS = (
    "profile", "faithful", "seed", "rng", "threads", "executor", "strict", "n_boards_required",
)  # fmt: skip
#: Options of other PyNN back ends that scripts pass on.
FOREIGN_OPTIONS = (
    "spike_precision", "db_name", "debug", "quit_on_end", "rngseed", "rng_seed", "verbosity",
    "max_delay", "database_socket_addresses", "time_scale_factor", "n_chips_required",
    "n_chips_per_core_required", "graph_label", "model_binary_module",
)  # fmt: skip
#: Model time of one step may be this many ms.
SHORTEST_MS, LONGEST_MS = 1e-3, 1e4
#: Steps are counted in 32 bits.
MOST_STEPS = 2**32 - 1


def setup(
    timestep: Any = None, min_delay: Any = "auto", max_delay: Any = None, **options: Any
) -> int:
    """Begins a simulation; a second call forgets the first network.

    `timestep` and `min_delay` in ms. Beside sPyNNaker's arguments: `profile` ("7" or "6"),
    `faithful`, `seed`, `rng` ("spinnlab" or "spinnaker"), `threads`, `strict`. Returns 0, the rank.
    """
    state = simulator.state
    if state.inside_run:
        raise SimulatorRunningException("setup() from inside a run")
    if state.is_set_up and not state.has_ended and state.populations:
        logger.warning("setup() again: the network so far is forgotten")
    settings = configuration.read()
    step_ms = _time_step(timestep, settings)
    delay_ms = step_ms if min_delay in ("auto", None) else _number("min_delay", min_delay)
    if delay_ms < step_ms * (1 - 1e-9):
        raise ConfigurationException(
            f"min_delay ({delay_ms} ms) is shorter than the time step ({step_ms} ms)"
        )
    rounded = round(delay_ms / step_ms) * step_ms
    if abs(rounded - delay_ms) > 1e-9:
        logger.warning(
            "min_delay %g ms is taken as %g ms, a whole number of steps", delay_ms, rounded
        )
    _check_options(options)
    own = _own_options(settings, options)
    longest_ms = _longest_delay(max_delay, rounded)
    state = simulator.new_state(Run)
    state.is_set_up = True
    state.dt, state.min_delay, state.max_delay = step_ms, rounded, longest_ms
    state.setup_options = own
    state.population_options = settings.of_populations
    return 0


def _longest_delay(max_delay: Any, min_delay_ms: float) -> float:
    """What get_max_delay() answers; delays of any length work."""
    if max_delay in (None, "auto"):
        return float("inf")
    if max_delay:
        configuration.tell_once(
            "setup(max_delay=%s) has no effect: delays of any length work", max_delay
        )
    longest_ms = float(max_delay) if max_delay == math.inf else _number("max_delay", max_delay)
    if not longest_ms >= min_delay_ms:
        raise ConfigurationException(
            f"max_delay ({max_delay} ms) is shorter than min_delay ({min_delay_ms} ms)"
        )
    return longest_ms


def _time_step(timestep: Any, settings: configuration.Settings) -> float:
    if timestep == "auto":
        return 1.0
    if timestep is None:
        timestep = settings.timestep_ms or 0.1
        if settings.timestep_ms is None:
            logger.warning("setup() without a time step: 0.1 ms is taken")
    given_ms = _number("timestep", timestep)
    if not 0 < given_ms <= LONGEST_MS:
        raise ConfigurationException(f"timestep is {timestep} ms: give 0.001 to 10,000 ms.")
    return max(SHORTEST_MS, math.ceil(given_ms * 1000 - 1e-6) / 1000)


def _number(name: str, value: Any) -> float:
    try:
        # Through its digits: 0.1 in single precision is 0.10000000149.
        number = float(str(value) if isinstance(value, np.floating) else value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} is {value!r}: give a number.") from None
    if not math.isfinite(number):
        raise ConfigurationException(f"{name} is {value!r}: give a finite number.")
    return number


def _check_options(options: dict[str, Any]) -> None:
    for name in ("mindelay", "maxdelay", "dt", "time_step"):
        if name in options:
            raise SpynnakerException(f"{name} is not a valid argument for setup()")
    factor = options.get("time_scale_factor")
    if factor is not None:
        if isinstance(factor, bool) or not isinstance(factor, int | float | np.number):
            raise TypeError(f"time_scale_factor is {factor!r}: give a number.")
        if not 0 < factor < math.inf:
            raise ConfigurationException(f"time_scale_factor is {factor}: give a positive number.")
    if options.get("database_socket_addresses"):
        not_there("setup(database_socket_addresses=...)")
    for name in options:
        if name not in OWN_OPTIONS and name not in FOREIGN_OPTIONS:
            logger.warning("setup(%s=...) is not known and has no effect", name)


#: What an option of ours may be.
CHOICES = {
    "profile": ("7", "6"),
    "rng": ("spinnlab", "spinnaker"),
    "executor": ("fast", "reference"),
}
SWITCHES = ("faithful", "strict")
#: Variables of the environment that stand above files and below arguments of setup().
FROM_ENVIRONMENT = {
    "SPINNLAB_FAITHFUL": "faithful", "SPINNLAB_RNG": "rng", "SPINNLAB_PROFILE": "profile",
}  # fmt: skip
WHOLE_NUMBERS = {"threads": (0, 1024), "seed": (0, 2**64 - 1), "n_boards_required": (1, 1200)}


def _own_options(settings: configuration.Settings, given: dict[str, Any]) -> dict[str, Any]:
    """Our options from files, environment and arguments, checked."""
    own = dict(settings.own)
    own |= {name: os.environ[of] for of, name in FROM_ENVIRONMENT.items() if os.environ.get(of)}
    own |= {name: value for name, value in given.items() if name in OWN_OPTIONS}
    chips = given.get("n_chips_required")
    if chips is not None and own.get("n_boards_required") is not None:
        raise ValueError("Ask for boards or for chips, not for both.")
    if chips is not None:
        own["n_boards_required"] = -(-_whole("n_chips_required", chips, 1, 57600) // CHIPS_A_BOARD)
    for name, value in list(own.items()):
        if value is None:
            del own[name]
        elif name in CHOICES and str(value) not in CHOICES[name]:
            raise ConfigurationException(
                f"{name} is {value!r}: choose {' or '.join(CHOICES[name])}."
            )
        elif name in WHOLE_NUMBERS:
            own[name] = _whole(name, value, *WHOLE_NUMBERS[name])
        elif name in SWITCHES:
            own[name] = _switch(name, value)
    return own


def _switch(name: str, value: Any) -> bool:
    """On or off, also as a configuration file writes it."""
    states = configparser.ConfigParser.BOOLEAN_STATES
    state = states.get(str(int(value) if isinstance(value, np.bool_) else value).lower())
    if state is None:
        raise ConfigurationException(f"{name} is {value!r}: choose True or False.")
    return state


def _whole(name: str, value: Any, least: int, most: int) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = least - 1
    if isinstance(value, bool) or not least <= number <= most:
        raise ConfigurationException(
            f"{name} is {value!r}: give a whole number from {least:,} to {most:,}."
        )
    return number


_run, _run_until = build_run(simulator)


def run(simtime: float, callbacks: Any = None) -> float:
    """Advances by `simtime` ms (rounded up to whole steps); returns the time."""
    return run_until(simulator.state.t + _time(simtime, "run"), callbacks)


run_for = run


def run_until(tstop: float, callbacks: Any = None) -> float:
    """Advances until `tstop` ms; returns the time."""
    state = simulator.state
    state.require_setup("run()")
    end_ms = _time(tstop, "run_until")
    steps = end_ms / state.dt
    if abs(steps - round(steps)) > 1e-6:
        logger.warning(
            "%g ms is no whole number of time steps: it runs to %g ms",
            end_ms, math.ceil(steps) * state.dt,
        )  # fmt: skip
    return float(_run_until(end_ms, callbacks))


def _time(time_ms: Any, what: str) -> float:
    """A time in ms that a simulation can reach."""
    value = _number(f"the time of {what}()", time_ms)
    if value < 0:
        raise ValueError(f"{what}({time_ms}): time runs forwards only.")
    if value / simulator.state.dt > MOST_STEPS:
        raise ConfigurationException(
            f"{what}({time_ms}): a simulation has at most {MOST_STEPS:,} steps, "
            f"{MOST_STEPS * simulator.state.dt:,.0f} ms."
        )
    return value


def reset(annotations: Any = None) -> None:
    """Back to t = 0 with initial values; what was recorded becomes a segment of its own."""
    state = simulator.state
    state.require_setup("reset()")
    ran = state.run_object is not None and state.run_object.simulation is not None
    if not ran and not state.idle_steps:
        logger.warning("reset() before a run: nothing to do")
        return
    for recorder in state.recorders:
        recorder.store_to_cache(annotations or {})
    state.reset()


def end(compatible_output: bool = True) -> None:
    """Writes the files that record(..., to_file) asked for. Data stay readable."""
    state = simulator.state
    if not state.is_set_up:
        logger.warning("end() before setup(): nothing to do")
        return
    if state.inside_run:
        raise SimulatorRunningException("end() from inside a run")
    if state.has_ended:
        logger.warning("end() was called already")
        return
    pending, state.write_on_end = state.write_on_end, []
    state.has_ended = True
    output_files.write_all(pending)


def get_current_time() -> float:
    """Model time in ms."""
    return simulator.state.t


def get_time_step() -> float:
    """The time step in ms."""
    return simulator.state.dt


def get_min_delay() -> float:
    """The smallest delay in ms."""
    return simulator.state.min_delay


def get_max_delay() -> float:
    """What setup() was told, else infinite: delays of any length work."""
    return simulator.state.max_delay


def num_processes() -> int:
    return 1


def rank() -> int:
    return 0


def get_machine() -> SoftwareMachine:
    """The software machine that the network is mapped to."""
    simulator.state.require_setup("get_machine()")
    return SoftwareMachine(simulator.state.current_run.compiled(), simulator.state)


def summary() -> Card:
    """The run so far: how fast it was, what fired, what somebody should know."""
    return cards.run(simulator.state)
