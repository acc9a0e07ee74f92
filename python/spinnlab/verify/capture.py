# SPDX-License-Identifier: Apache-2.0
"""Runs a script and keeps what it recorded: `python -m spinnlab.verify.capture OUT.npz SCRIPT ...`.

Knows only PyNN, so it runs in the native environment and in the original's alike. Populations and
projections are noted when they are made; their data are read when the script calls `end()`, or
when it has run to its last line. The archive holds one JSON text, `description`, and the arrays
that it names: spikes as (step, neuron), samples as s16.15 integers, connections as (pre, post,
weight in s16.15, delay in steps). The global random generators of Python and NumPy start from the
same seed in both environments, so that what a script draws from them is the same.
"""

from __future__ import annotations

import functools
import json
import random
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

#: PyNN numbers are s16.15 on the machine: 1 is this integer.
ONE = 32768
#: Of the global generators of Python and NumPy.
SEED = 20260101
#: Names of connectors and cells that draw random numbers.
RANDOM_CONNECTORS = (
    "FixedProbabilityConnector",
    "FixedTotalNumberConnector",
    "FixedNumberPreConnector",
    "FixedNumberPostConnector",
    "DistanceDependentProbabilityConnector",
    "IndexBasedProbabilityConnector",
    "SmallWorldConnector",
)
RANDOM_CELLS = ("SpikeSourcePoisson", "SpikeSourcePoissonVariable", "IFCondExpStoc")


class Capture:
    """Notes what a script makes, and reads its data once."""

    def __init__(self) -> None:
        self.populations: list[Any] = []
        self.projections: list[Any] = []
        self.random: list[str] = []
        self.arrays: dict[str, Any] = {}
        self.description: dict[str, Any] = {"populations": [], "projections": []}
        self.done = False

    def install(self, modules: list[Any]) -> None:
        """Follows the constructors of `modules` and reads the data before their `end`."""
        from pyNN.random import RandomDistribution

        front = modules[0]
        self._follow(front.Population, self._note_population)
        # The original's name `Projection` is a function that makes a SpiNNakerProjection.
        made = front.Projection if isinstance(front.Projection, type) else front.SpiNNakerProjection
        self._follow(made, self._note_projection)
        self._follow(RandomDistribution, self._note_distribution)
        end = front.end
        self._front = front

        @functools.wraps(end)
        def end_after_reading(*args: Any, **kwargs: Any) -> Any:
            self.read()
            return end(*args, **kwargs)

        for module in modules:
            if getattr(module, "end", None) is end:
                module.end = end_after_reading

    @staticmethod
    def _follow(kind: type, note: Callable[..., None]) -> None:
        made = kind.__init__  # type: ignore[misc]

        @functools.wraps(made)
        def make_and_note(self: Any, *args: Any, **kwargs: Any) -> None:
            made(self, *args, **kwargs)
            if type(self) is kind:
                note(self, args, kwargs)

        kind.__init__ = make_and_note  # type: ignore[misc]

    def _note_population(self, made: Any, args: Any, kwargs: Any) -> None:
        self.populations.append(made)
        cell = args[1] if len(args) > 1 else kwargs.get("cellclass")
        name = cell.__name__ if isinstance(cell, type) else type(cell).__name__
        if name in RANDOM_CELLS:
            self.random.append(f"population {made.label}: {name}")

    def _note_projection(self, made: Any, args: Any, kwargs: Any) -> None:
        self.projections.append(made)
        connector = args[2] if len(args) > 2 else kwargs.get("connector")
        name = type(connector).__name__
        if name in RANDOM_CONNECTORS and getattr(connector, "p_connect", None) != 1:
            self.random.append(f"projection {made.label}: {name}")

    def _note_distribution(self, made: Any, _args: Any, _kwargs: Any) -> None:
        self.random.append(f"RandomDistribution({made.name})")

    def read(self) -> None:
        """Reads everything that was recorded, and the connections; the first call counts."""
        if self.done:
            return
        self.done = True
        timestep_ms = float(self._front.get_time_step())
        self.description |= {
            "timestep_ms": timestep_ms,
            "run_ms": float(self._front.get_current_time()),
            "random": sorted(set(self.random)),
        }
        for number, population in enumerate(self.populations):
            self._read_population(number, population, timestep_ms)
        for number, projection in enumerate(self.projections):
            self._read_projection(number, projection, timestep_ms)

    def _read_population(self, number: int, population: Any, timestep_ms: float) -> None:
        entry: dict[str, Any] = {"label": population.label, "size": population.size, "data": []}
        self.description["populations"].append(entry)
        try:
            block = population.get_data()
        except Exception as error:
            entry["nothing"] = str(error)
            return
        for k, segment in enumerate(block.segments):
            if segment.spiketrains:
                key = f"p{number}_{k}_spikes"
                entry["data"].append({"segment": k, "variable": "spikes", "array": key})
                self.arrays[key] = _spikes(segment, timestep_ms)
            for signal in segment.analogsignals:
                values = np.asarray(signal.magnitude, dtype=np.float64)
                key = f"p{number}_{k}_{signal.name}"
                self.arrays[key] = np.rint(values * ONE).astype(np.int64)
                entry["data"].append(
                    {
                        "segment": k,
                        "variable": signal.name,
                        "array": key,
                        "first_step": float(signal.t_start.rescale("ms")) / timestep_ms,
                        "interval_steps": float(signal.sampling_period.rescale("ms")) / timestep_ms,
                        "neurons": _neurons(signal, values.shape[1]),
                    }
                )

    def _read_projection(self, number: int, projection: Any, timestep_ms: float) -> None:
        entry: dict[str, Any] = {"label": projection.label}
        self.description["projections"].append(entry)
        try:
            rows = projection.get(["weight", "delay"], format="list")
        except Exception as error:
            entry["nothing"] = str(error)
            return
        table = np.asarray([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 4)
        fixed = np.column_stack(
            [
                table[:, 0],
                table[:, 1],
                np.rint(table[:, 2] * ONE),
                np.rint(table[:, 3] / timestep_ms),
            ]
        ).astype(np.int64)
        entry["array"] = key = f"c{number}"
        self.arrays[key] = fixed[np.lexsort(fixed.T[::-1])]

    def write(self, file: Path) -> None:
        if not self.done and self.populations:
            self.read()
        np.savez_compressed(file, description=json.dumps(self.description), **self.arrays)


def _neurons(signal: Any, columns: int) -> list[int]:
    """The neuron in each column: an array annotation of PyNN's, a plain one of the original's."""
    found = signal.array_annotations.get("channel_index")
    if found is None:
        found = signal.annotations.get("channel_names")
    return [int(n) for n in (range(columns) if found is None else found)]


def _spikes(segment: Any, timestep_ms: float) -> Any:
    """(step, neuron), by step, then neuron."""
    parts = []
    for n, train in enumerate(segment.spiketrains):
        neuron = int(train.annotations.get("source_index", n))
        steps = np.rint(np.asarray(train.magnitude, dtype=np.float64) / timestep_ms)
        parts.append(np.column_stack([steps, np.full(len(steps), neuron)]).astype(np.int64))
    spikes = np.concatenate(parts) if parts else np.zeros((0, 2), dtype=np.int64)
    return spikes[np.lexsort((spikes[:, 1], spikes[:, 0]))]


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit("usage: python -m spinnlab.verify.capture OUT.npz SCRIPT.py [ARGUMENT ...]")
    file, script = Path(sys.argv[1]).absolute(), sys.argv[2]
    sys.argv = sys.argv[2:]
    import pyNN.spiNNaker
    import spynnaker.pyNN

    capture = Capture()
    capture.install([spynnaker.pyNN, pyNN.spiNNaker])
    sys.path[0] = str(Path(script).resolve().parent)
    random.seed(SEED)
    np.random.seed(SEED)
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        capture.write(file)


if __name__ == "__main__":
    main()
