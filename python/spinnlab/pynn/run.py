# SPDX-License-Identifier: Apache-2.0
"""What `run()` does: describe the network to the core, compile it, load it, advance, report."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spinnlab import _core
from spinnlab.allocation import run_lease
from spinnlab.pynn import findings
from spinnlab.pynn.cells import FOR_EVER_MS, SpikeSourceArray, SpikeSourcePoisson
from spinnlab.pynn.errors import DelayExtensionException, RunLimitError, RunStoppedError
from spinnlab.pynn.host_memory import require_memory
from spinnlab.pynn.lost_delays import on_the_grid
from spinnlab.pynn.part_check import new_network
from spinnlab.pynn.progress import ProgressLine
from spinnlab.pynn.projection_arguments import check_drawn_signs
from spinnlab.pynn.recordings import recording_path, remove_at_exit
from spinnlab.pynn.simulator import steps_until

if TYPE_CHECKING:
    from spinnlab.pynn.parts import Part
    from spinnlab.pynn.populations import Population
    from spinnlab.pynn.simulator import State

logger = logging.getLogger("spinnlab")

#: More threads than any simulation has.
MOST_THREADS = 1 << 20


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


class Run:
    """One stretch of model time from 0, between two resets."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.dt = state.dt
        self.network: _core.Network | None = None
        self.image: _core.Image | None = None
        self.loaded: _core.Image | None = None
        self.simulation: Any = None
        self.network_changed = True
        self.recording_file: str | None = None
        #: How many populations the loaded image has.
        self.populations = 0
        self.said_threads = False
        self.findings = findings.Findings(self)
        #: Wall seconds of the stages, for summaries.
        self.seconds: dict[str, float] = {}

    @property
    def now_ms(self) -> float:
        return 0.0 if self.simulation is None else float(self.simulation.now_steps * self.dt)

    # ---- running

    def run_until(self, end_ms: float) -> None:
        """Advances to `end_ms`, rounded up to whole steps; Ctrl-C keeps what was recorded."""
        self.state.inside_run = True
        label = run_lease.label_of_this_process()
        try:
            with run_lease.announce(label, self._threads_wanted() or processors()) as announced:
                self.prepare()
                self._use_threads(announced.threads)
                steps = max(0, steps_until(end_ms, self.dt) - self.simulation.now_steps)
                began = time.perf_counter()
                try:
                    self._advance(steps, announced)
                finally:
                    self._add_seconds("run", began)
                if announced.is_over() and self.now_ms < end_ms:
                    raise RunLimitError(
                        f"{self._stopped(end_ms)} The reason: {announced.limit()} "
                        "Run in shorter pieces, or ask for a longer limit."
                    )
            # Not of a run that was stopped: that ends at once, and the next one says it.
            findings.say(self.findings.news())
        except KeyboardInterrupt:
            raise RunStoppedError(self._stopped(end_ms)) from None
        finally:
            self.state.inside_run = False
            for projection in self.state.projections:
                projection.forget_table()

    def _stopped(self, end_ms: float) -> str:
        """Where a run was stopped, what is kept, how it goes on."""
        if self.simulation is None:
            return "Stopped before the network was loaded: nothing has run. run() begins again."
        return (
            f"Stopped at {self.now_ms:,.0f} of {end_ms:,.0f} ms. What was recorded up to there is "
            "kept: get_data() reads it, and run() goes on from there."
        )

    def _threads_wanted(self) -> int:
        """What the script or the environment asks for; 0: as many as pay for the network."""
        options = self.state.setup_options
        return int(options.get("threads") or os.environ.get("SPINNLAB_THREADS", "0"))

    def _use_threads(self, allowed: int | None) -> None:
        """All threads of the simulation, or what the allocator allows, which depends on others."""
        wanted = self._threads_wanted()
        self.simulation.limit_threads(allowed or MOST_THREADS)
        if allowed is not None and allowed < wanted and not self.said_threads:
            self.said_threads = True
            logger.warning(
                "%d of the %d threads that you asked for: others compute here, too. "
                "Results do not depend on it.", allowed, wanted,
            )  # fmt: skip

    def _advance(self, steps: int, announced: run_lease.AnnouncedRun) -> None:
        """Advances and shows how far it is: in the live view if there is one, else in a line."""
        view = self.state.live_view
        first_step = self.simulation.now_steps

        def told(
            show: Callable[[Any], bool], warn: Callable[[str], None] = logger.warning
        ) -> Callable[[Any], bool]:
            def progress(reached: Any) -> bool:
                now_ms, end_ms = reached.step * self.dt, reached.end_step * self.dt
                announced.report(
                    (reached.step - first_step) / steps, f"{now_ms:,.0f} of {end_ms:,.0f} ms"
                )
                if warning := announced.end_is_near():
                    warn(warning)
                return show(reached) and not announced.is_over()

            return show if announced.threads is None else progress

        if steps == 0 or view is None or not view.begin(self):
            with ProgressLine(self.dt) as line:
                self.simulation.advance(steps, told(line, line.interrupted_by))
            return
        try:
            self.simulation.advance(steps, told(view))
        finally:
            view.end(first_step + steps)

    def prepare(self) -> None:
        """Brings the simulation in line with what the script describes."""
        image = self.compiled()
        if image is self.loaded:
            return
        neurons = sum(population.size for population in self.state.populations)
        require_memory(neurons, self.state.projections)
        options = self.state.setup_options
        began = time.perf_counter()
        if self.simulation is None:
            self.recording_file = recording_path()
            remove_at_exit(self.recording_file)
            self.simulation = _core.Simulation(
                image,
                threads=self._threads_wanted(),
                executor=options.get("executor") or os.environ.get("SPINNLAB_EXECUTOR", "fast"),
                recording_file=self.recording_file,
            )
            if self.state.idle_steps:
                self.simulation.advance(self.state.idle_steps)
        else:
            self.simulation.adopt(image)
        self.loaded, self.populations = image, len(self.state.populations)
        self._add_seconds("load", began)

    def compiled(self) -> _core.Image:
        """The network of now on its machine."""
        network = self.described()
        if self.image is not None:
            return self.image
        for projection in self.state.projections:
            check_drawn_signs(projection, network)
        began = time.perf_counter()
        options = self.state.setup_options
        try:
            self.image = _core.compile(
                network,
                boards=options.get("n_boards_required"),
                strict=bool(options.get("strict", False)),
            )
        except _core.DelayExtensionError as error:
            raise DelayExtensionException(str(error)) from error
        self._add_seconds("map", began)
        return self.image

    def _add_seconds(self, stage: str, began: float) -> None:
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - began

    # ---- describing

    def described(self) -> _core.Network:
        """The network as the core knows it, made anew when something has changed."""
        if self.network is not None and not self.network_changed:
            return self.network
        network = new_network(self.state)
        for population in self.state.populations:
            index = _add(network, population)
            network.set_recordings(index, population.recorder.for_core())
        for projection in self.state.projections:
            for part in projection.parts:
                part.core_index = network.add_projection(
                    projection.label,
                    part.pre.core_index,
                    part.post.core_index,
                    projection.receptor_index,
                    part.recipe.connector,
                    part.recipe.weight,
                    on_the_grid(part.recipe.delay, self.dt),
                    pre_index=part.pre_index,
                    post_index=part.post_index,
                    seed=part.recipe.seed,
                )
        self.network, self.image = network, None
        self.network_changed = False
        return network

    # ---- reading and changing

    def connections(self, part: Part) -> tuple[NDArray[Any], ...]:
        """pre, post, weight, delay of one part of a projection."""
        self.state.require_rest("A question about connections")
        ran = self.simulation is not None
        pre, post, weight, delay = self.described().connections(part.core_index, as_stored=ran)
        if self.loaded is not None and self.state.setup_options.get("faithful"):
            steps = np.rint(delay / self.dt).astype(np.uint32)
            pre, steps = self.loaded.as_read(part.core_index, pre, steps)
            order = np.lexsort((post, pre))
            order = order[steps[order] > 0]
            pre, post, weight, steps = pre[order], post[order], weight[order], steps[order]
            delay = steps * self.dt
        if ran:  # steps by steps a ms, as the original divides: 10.1 ms and not 10.100000000000001
            delay = np.rint(delay / self.dt) / (1.0 / self.dt)
        return pre, post, weight, delay

    def state_of(self, population: Population, field: str) -> NDArray[np.float64]:
        self.state.require_rest("A question about the state")
        values: NDArray[np.float64] = self.simulation.state(population.core_index, field)
        return values

    def set_state_of(self, population: Population, field: str, values: Any) -> None:
        self.state.require_rest("A change of the state")
        self.simulation.set_state(population.core_index, field, np.ascontiguousarray(values))


def _add(network: _core.Network, population: Population) -> int:
    celltype, options, label = population.celltype, population.core_options(), population.core_label
    if isinstance(celltype, SpikeSourceArray):
        first, times = population.spike_trains()
        return network.add_spike_array(label, population.size, first, times, options)
    if isinstance(celltype, SpikeSourcePoisson):
        return network.add_poisson(
            label,
            population.size,
            _values(population.column("rate")),
            _values(population.column("start")),
            _durations(population.column("duration")),
            options,
            population.options.get("max_rate"),
        )
    return network.add_neurons(
        label, celltype.core_model, population.size, population.fields(), options
    )


def _values(column: Any) -> Any:
    return float(column) if np.ndim(column) == 0 else np.ascontiguousarray(column, dtype=float)


def _durations(column: Any) -> Any:
    if np.ndim(column) == 0:
        return float("inf") if column is None or float(column) >= FOR_EVER_MS else float(column)
    values = np.array([np.inf if v is None else float(v) for v in column])
    values[values >= FOR_EVER_MS] = np.inf
    return values
