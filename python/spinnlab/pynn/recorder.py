# SPDX-License-Identifier: Apache-2.0
"""What a population records, and its data as Neo blocks made from the core's columns."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinnlab.pynn import output_files, simulator
from spinnlab.pynn.errors import ConfigurationException, UnknownVariableError
from spinnlab.pynn.one_run import OneRun

logger = logging.getLogger("spinnlab")

#: s16.15 on the machine: the integer of 1.0.
ONE = 32768.0
#: Sampling intervals are shorter.
MOST_STEPS = 2**31
#: Variables that are recorded for the whole population at every step.
WHOLE = ("packets-per-timestep",)

Indexes = NDArray[np.uint32]


class Wanted:
    """One recorded variable: of which neurons (None: all), at which interval."""

    def __init__(self, indexes: Indexes | None, interval_steps: int) -> None:
        self.indexes = indexes
        self.interval_steps = interval_steps

    def add(self, more: Indexes | None) -> None:
        if more is None or self.indexes is None:
            self.indexes = None
        else:
            self.indexes = np.union1d(self.indexes, more).astype(np.uint32)

    def columns(self, size: int) -> Indexes:
        """Neurons of the columns of a row."""
        return np.arange(size, dtype=np.uint32) if self.indexes is None else self.indexes


class Recorder:
    """The recordings of one population; views share their population's."""

    _simulator = simulator

    def __init__(self, population: Any, file: Any = None) -> None:
        self.population = population
        self.file = file
        self.state = simulator.state
        self.wanted: dict[str, Wanted] = {}
        self.segments: list[StoredSegment] = []
        #: Segments of before are gone.
        self.was_cleared = False
        #: Variable -> step of this run before which its data were cleared.
        self.cleared: dict[str, int] = {}
        #: Intervals in steps of what this run has recorded.
        self.of_this_run: dict[str, int] = {}
        self.state.recorders.add(self)

    # ---- what to record

    def record(self, variables: Any, indexes: Indexes | None, interval_ms: float | None) -> None:
        """Adds variables (a name, a list of names, "all"), for all neurons or some."""
        celltype = self.population.celltype
        names = [variables] if isinstance(variables, str) else list(variables)
        if names == ["all"]:
            whole = indexes is None and interval_ms is None
            names = [n for n in celltype.recordable if whole or n not in WHOLE]
        if celltype.is_source and (indexes is not None or interval_ms is not None):
            # As in the original: its sources record all or nothing.
            logger.warning(
                "%s: a %s records all its spikes; the sampling interval and the choice of cells "
                "are ignored.", self.population.label, type(celltype).__name__,
            )  # fmt: skip
            indexes = interval_ms = None
        steps = self._steps(interval_ms)
        self._refuse_other_interval(names, steps)
        for name in names:
            if not celltype.can_record(name):
                raise UnknownVariableError(name, celltype)
            if name in WHOLE and (indexes is not None or steps != 1):
                raise ValueError(f"{name} is recorded for the whole population at every step")
        for name in names:
            if name.startswith("gsyn") and not celltype.conductance_based:
                self.state.say_once(
                    f"{self.population.label}: {name} of a model with currents is in nA, though "
                    "its unit says uS.",
                    "gsyn of currents",
                )
            known = self.wanted.get(name)
            if known is None:
                self.wanted[name] = Wanted(indexes, steps)
                continue
            if interval_ms is not None and known.interval_steps != steps:
                raise ConfigurationException(
                    f"{self.population.label}: {name} is recorded every {known.interval_steps} "
                    f"steps already, not every {steps}: one interval for a population."
                )
            known.add(indexes)
        self.state.changed()

    def _refuse_other_interval(self, names: list[str], steps: int) -> None:
        """One segment has one interval for each variable: a signal of Neo's knows no other."""
        for name in names:
            before = self.of_this_run.get(name)
            if before is not None and before != steps and name not in self.wanted:
                raise ConfigurationException(
                    f"{self.population.label}: {name} was recorded every {before} steps in this "
                    f"run, and a segment has one interval, not also one of {steps} steps. Call "
                    "reset() before, or get_data(clear=True)."
                )

    def _steps(self, interval_ms: float | None) -> int:
        if interval_ms is None:
            return 1
        steps = float(interval_ms) / self.state.dt
        if not 0.999 <= steps < MOST_STEPS or abs(steps - round(steps)) > 1e-6:
            raise ConfigurationException(
                f"A sampling interval of {interval_ms} ms is no multiple of the time step "
                f"{self.state.dt} ms."
            )
        return round(steps)

    def stop(self, indexes: Indexes | None) -> None:
        """Stops recording, of some neurons or all."""
        if indexes is None:
            self.wanted = {}
        else:
            for name, wanted in list(self.wanted.items()):
                left = np.setdiff1d(wanted.columns(self.population.size), indexes)
                if len(left):
                    wanted.indexes = left.astype(np.uint32)
                else:
                    del self.wanted[name]
        self.state.changed()

    def for_core(self) -> list[tuple[str, int, Indexes | None]]:
        """(variable, interval in steps, neurons or None) for the core."""
        self.of_this_run |= {name: wanted.interval_steps for name, wanted in self.wanted.items()}
        return [(name, w.interval_steps, w.indexes) for name, w in self.wanted.items()]

    # ---- reading

    def get(
        self,
        variables: Any = "all",
        indexes: Indexes | None = None,
        clear: bool = False,
        annotations: dict[str, Any] | None = None,
    ) -> Any:
        """The data as a Neo block, one segment a reset."""
        import neo

        names = self._names(variables)
        block = neo.Block(name=self.population.label, description=self.population.description)
        current = self._current_segment()
        for stored in [*self.segments, *([current] if current else [])]:
            # A segment a reset: scripts count on it.
            while not self.was_cleared and len(block.segments) < stored.number:
                number = len(block.segments)
                block.segments.append(neo.Segment(name=f"segment{number}", description="empty"))
            block.segments.append(stored.make(names, indexes))
        for segment in block.segments:
            segment.block = block
        own = dict(
            size=self.population.size,
            first_index=0,
            last_index=self.population.size,
            first_id=int(self.population.first_id),
            last_id=int(self.population.last_id),
            label=self.population.label,
            simulator=simulator.name,
            dt=self.state.dt,
            mpi_processes=1,
        )
        # As in PyNN a script's own win over these.
        block.annotate(**(own | self.population.annotations | dict(annotations or {})))
        if clear:
            self._clear(names)
        return block

    def _names(self, variables: Any) -> list[str]:
        if variables == "all":
            return sorted(self.wanted)
        names = [variables] if isinstance(variables, str) else list(variables)
        for name in names:
            if name not in self.wanted and not any(name in s.wanted for s in self.segments):
                raise ConfigurationException(
                    f"{self.population.label} did not record {name}: call "
                    f'record("{name}") before run().'
                )
        return names

    def _current_segment(self) -> StoredSegment | None:
        self.state.require_rest("A question about data")
        run = self.state.run_object
        if run is None or run.simulation is None:
            return None
        return StoredSegment(self, run, self.state.segment_counter)

    def store_to_cache(self, annotations: dict[str, Any] | None = None) -> None:
        """Puts the present segment away before a reset."""
        current = self._current_segment()
        if current is not None:
            current.annotations = dict(annotations or {})
            self.segments.append(current)
        left = [segment for segment in self.segments if segment.wanted_since_cleared()]
        self.was_cleared |= len(left) < len(self.segments)
        self.segments, self.cleared, self.of_this_run = left, {}, {}

    def _clear(self, names: list[str]) -> None:
        """Forgets these variables: in the segments of before, and in this run up to now.

        What is left without data goes at the next reset.
        """
        for name in names:
            self.of_this_run.pop(name, None)
        for segment in self.segments:
            segment.cleared |= dict.fromkeys(names, segment.end_step)
        run = self.state.run_object
        if run is not None and run.simulation is not None:
            self.cleared |= dict.fromkeys(names, run.simulation.now_steps)

    def count(self, variable: str, gather: bool = True, filter_ids: Any = None) -> dict[int, int]:
        """Spikes of each cell by its id, as PyNN's assemblies ask for them."""
        first = int(self.population.first_id)
        counts = self.spike_counts(np.arange(self.population.size, dtype=np.uint32))
        wanted = None if filter_ids is None else set(filter_ids)
        return {first + i: n for i, n in counts.items() if wanted is None or first + i in wanted}

    def spike_counts(self, indexes: Indexes) -> dict[int, int]:
        if "spikes" not in self.wanted:
            raise ConfigurationException(
                f'{self.population.label} did not record spikes: call record("spikes") first.'
            )
        current = self._current_segment()
        neurons = current.spikes()[1] if current else np.zeros(0, dtype=np.uint32)
        counts = np.bincount(neurons, minlength=self.population.size)
        return {int(i): int(counts[i]) for i in indexes}

    def table(self, variable: str, indexes: Indexes, as_matrix: bool) -> NDArray[np.float64]:
        """PyNN 0.7's form: (neuron, time) of spikes, else (neuron, time, value), or a matrix."""
        self._names(variable)
        current = self._current_segment()
        if current is None:
            return np.zeros((0, 2 if variable == "spikes" else 3))
        if variable == "spikes":
            steps, neurons = current.spikes()
            keep = np.isin(neurons, indexes)
            rows = np.column_stack([neurons[keep], steps[keep] * current.run.dt])
            return rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        steps, values, columns = current.samples(variable)
        keep = np.isin(columns, indexes)
        matrix = values[:, keep]
        if as_matrix:
            return matrix
        neurons = columns[keep]
        return np.column_stack(
            [
                np.repeat(neurons, len(steps)),
                np.tile(steps * current.run.dt, len(neurons)),
                matrix.T.ravel(),
            ]
        )

    def write(
        self,
        io: Any,
        variables: Any,
        indexes: Indexes | None,
        clear: bool,
        annotations: dict[str, Any] | None,
    ) -> None:
        output_files.write_block(io, self.get(variables, indexes, clear, annotations))


class StoredSegment:
    """One segment: the run that made it, and what was recorded in it."""

    def __init__(self, recorder: Recorder, run: OneRun, number: int) -> None:
        self.recorder = recorder
        self.run = run
        self.number = number
        self.end_ms = run.now_ms
        self.end_step = int(run.simulation.now_steps)
        self.wanted = dict(recorder.wanted)
        self.cleared = dict(recorder.cleared)
        self.annotations: dict[str, Any] = {}

    @property
    def _index(self) -> int:
        return int(self.recorder.population.core_index)

    def spikes(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Steps and neurons."""
        steps, neurons = self.run.simulation.spikes(self._index, self.cleared.get("spikes", 0))
        return steps, neurons

    def wanted_since_cleared(self) -> bool:
        """Whether some variable was recorded after it was cleared."""
        return any(self.cleared.get(name, -1) < self.end_step for name in self.wanted)

    def samples(self, name: str) -> tuple[NDArray[Any], NDArray[np.float64], Indexes]:
        """Steps of the rows, the rows, and the neurons of their columns."""
        steps, values = self.run.simulation.samples(self._index, name, self.cleared.get(name, 0))
        scale = 1.0 if name in WHOLE else ONE
        columns = self.wanted[name].columns(self.recorder.population.size)
        if name in WHOLE:
            columns = np.arange(values.shape[1], dtype=np.uint32)
        return steps, values / scale, columns

    def make(self, names: list[str], indexes: Indexes | None) -> Any:
        """The Neo segment with these variables of these neurons (None: all recorded)."""
        import neo

        segment = neo.Segment(
            name=f"segment{self.number}",
            description=self.recorder.population.description,
            rec_datetime=datetime.now(),
        )
        segment.annotate(**self.annotations)
        for name in names:
            if name not in self.wanted:
                continue
            if name == "spikes":
                segment.spiketrains = self._spike_trains(indexes)
            else:
                signal = self._signal(name, indexes)
                signal.segment = segment
                segment.analogsignals.append(signal)
        return segment

    def _chosen(self, columns: Indexes, indexes: Indexes | None) -> NDArray[np.bool_]:
        return np.ones(len(columns), dtype=bool) if indexes is None else np.isin(columns, indexes)

    def _spike_trains(self, indexes: Indexes | None) -> Any:
        import quantities as pq

        from spinnlab.pynn.trains import Trains

        population = self.recorder.population
        # All that are asked for, as in the original: those not recorded have no spikes.
        columns = np.arange(population.size, dtype=np.uint32) if indexes is None else indexes
        steps, neurons = self.spikes()
        keep = np.isin(neurons, columns)
        ids = columns.astype(int) + int(population.first_id)
        return Trains.made(
            steps[keep] * self.run.dt,
            neurons[keep].astype(int) + int(population.first_id),
            ids,
            t_start=self.cleared.get("spikes", 0) * self.run.dt * pq.ms,
            t_stop=max(self.end_ms, float(steps.max(initial=0)) * self.run.dt) * pq.ms,
            sampling_rate=1000.0 / self.run.dt * pq.Hz,
            source_population=population.label,
            source_index=columns.astype(int),
            source_id=ids,
        )

    def _signal(self, name: str, indexes: Indexes | None) -> Any:
        import neo
        import quantities as pq

        population = self.recorder.population
        steps, values, columns = self.samples(name)
        chosen = self._chosen(columns, indexes)
        unit = population.find_units(name)
        interval_ms = self.wanted[name].interval_steps * self.run.dt
        values = _with_gaps(steps, values, self.wanted[name].interval_steps)
        first = float(steps[0]) if len(steps) else self.cleared.get(name, 0)
        picked = columns[chosen].astype(int)
        return neo.AnalogSignal(
            values[:, chosen],
            units=unit,
            t_start=first * self.run.dt * pq.ms,
            sampling_period=interval_ms * pq.ms,
            name=name,
            source_population=population.label,
            source_ids=picked + int(population.first_id),
            channel_names=picked,
            array_annotations={"channel_index": picked},
        )


def _with_gaps(
    steps: NDArray[Any], values: NDArray[np.float64], interval_steps: int
) -> NDArray[np.float64]:
    """Rows at a fixed interval; NaN where recording was stopped for a while."""
    if not len(steps):
        return values
    rows = (steps.astype(np.int64) - int(steps[0])) // interval_steps
    if rows[-1] == len(rows) - 1:
        return values
    whole = np.full((int(rows[-1]) + 1, values.shape[1]), np.nan)
    whole[rows] = values
    return whole
