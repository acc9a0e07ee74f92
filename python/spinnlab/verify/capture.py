# SPDX-License-Identifier: Apache-2.0
"""Runs a script and keeps what it recorded: `python -m spinnlab.verify.capture OUT.npz SCRIPT ...`.

Knows only PyNN, so it runs in the native environment and in the original's alike. Populations and
projections are noted when they are made; their data are read when the script calls `end()` or
another `setup()`, when it has run to its last line, and before `get_data(clear=True)` forgets them.
A script may have several simulations, one after the other: the first is the archive's description,
the others are its `later`. The archive holds one JSON text, `description`, and the arrays
that it names: spikes as (step, neuron), samples as s16.15 integers, connections as (pre, post,
weight in s16.15, delay in steps). The global random generators of Python and NumPy start from the
same seed in both environments, so that what a script draws from them is the same.
"""

from __future__ import annotations

import functools
import inspect
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
        self.random: list[str] = []
        self.arrays: dict[str, Any] = {}
        #: What each simulation was, in their order.
        self.simulations: list[dict[str, Any]] = []
        self._begin()

    def _begin(self) -> None:
        """Nothing is made yet in this simulation."""
        self.populations: list[Any] = []
        self.projections: list[Any] = []
        #: What was read of a population before the script had it forgotten.
        self.forgotten: dict[int, list[dict[str, Any]]] = {}
        self.clearing = False

    def install(self, modules: list[Any]) -> None:
        """Follows the constructors of `modules` and reads the data before they are gone."""
        from pyNN.random import RandomDistribution

        front = modules[0]
        self._follow(front.Population, self._note_population)
        # The original's name `Projection` is a function that makes a SpiNNakerProjection.
        made = front.Projection if isinstance(front.Projection, type) else front.SpiNNakerProjection
        self._follow(made, self._note_projection)
        self._follow(RandomDistribution, self._note_distribution)
        self._front = front
        for name in ("end", "setup"):
            self._read_before(modules, name)
        for kind in (front.Population, front.PopulationView):
            for name in ("get_data", "write_data"):
                self._keep_before_clear(kind, name)

    def _read_before(self, modules: list[Any], name: str) -> None:
        """A function of `modules` that leaves the data of this simulation behind."""
        function = getattr(self._front, name)

        @functools.wraps(function)
        def after_reading(*args: Any, **kwargs: Any) -> Any:
            self.read()
            return function(*args, **kwargs)

        for module in modules:
            if getattr(module, name, None) is function:
                setattr(module, name, after_reading)

    def _keep_before_clear(self, kind: type, name: str) -> None:
        """A method of populations that forgets data where it is called with clear=True."""
        method = getattr(kind, name)
        signature = inspect.signature(method)

        @functools.wraps(method)
        def after_keeping(made: Any, *args: Any, **kwargs: Any) -> Any:
            given = signature.bind(made, *args, **kwargs).arguments
            if not given.get("clear") or self.clearing:
                return method(made, *args, **kwargs)
            self.clearing = True
            try:
                self._keep(made, given.get("variables", "all"))
                return method(made, *args, **kwargs)
            finally:
                self.clearing = False

        setattr(kind, name, after_keeping)

    def _keep(self, made: Any, variables: Any) -> None:
        whole = getattr(made, "grandparent", made)
        number = next((n for n, one in enumerate(self.populations) if one is whole), None)
        if number is None:
            return
        kept = self.forgotten.setdefault(number, [])
        times = 1 + max((data["cleared"] for data in kept), default=0)
        kept += self._data(number, whole.get_data(variables), times)

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
        """Reads everything that this simulation recorded, and its connections."""
        if not self.populations:
            return
        number = len(self.simulations) + 1
        description = {
            "timestep_ms": float(self._front.get_time_step()),
            "run_ms": float(self._front.get_current_time()),
            "random": sorted(set(self.random)),
            "prefix": f"simulation {number}, " if number > 1 else "",
            "populations": [self._population(n, one) for n, one in enumerate(self.populations)],
            "projections": [self._projection(n, one) for n, one in enumerate(self.projections)],
        }
        self.simulations.append(description)
        self._begin()

    @property
    def _key(self) -> str:
        """What names of arrays of this simulation begin with."""
        return f"s{len(self.simulations) + 1}_" if self.simulations else ""

    def _population(self, number: int, population: Any) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "label": population.label,
            "size": population.size,
            "data": self.forgotten.get(number, []),
        }
        try:
            entry["data"] += self._data(number, population.get_data(), 0)
        except Exception as error:
            entry["nothing"] = str(error)
        return entry

    def _data(self, number: int, block: Any, cleared: int) -> list[dict[str, Any]]:
        """What a block holds; `cleared` counts the blocks that the script had forgotten."""
        timestep_ms = float(self._front.get_time_step())
        found: list[dict[str, Any]] = []
        for k, segment in enumerate(block.segments):
            key = f"{self._key}p{number}_{k}_" + (f"cleared{cleared}_" if cleared else "")
            if segment.spiketrains:
                self.arrays[f"{key}spikes"] = _spikes(segment, timestep_ms)
                found.append(
                    {
                        "segment": k,
                        "cleared": cleared,
                        "variable": "spikes",
                        "array": f"{key}spikes",
                    }
                )
            for signal in segment.analogsignals:
                values = np.asarray(signal.magnitude, dtype=np.float64)
                self.arrays[key + signal.name] = np.rint(values * ONE).astype(np.int64)
                found.append(
                    {
                        "segment": k,
                        "cleared": cleared,
                        "variable": signal.name,
                        "array": key + signal.name,
                        "first_step": float(signal.t_start.rescale("ms")) / timestep_ms,
                        "interval_steps": float(signal.sampling_period.rescale("ms")) / timestep_ms,
                        "neurons": _neurons(signal, values.shape[1]),
                    }
                )
        return found

    def _projection(self, number: int, projection: Any) -> dict[str, Any]:
        entry: dict[str, Any] = {"label": projection.label}
        timestep_ms = float(self._front.get_time_step())
        try:
            rows = projection.get(["weight", "delay"], format="list")
        except Exception as error:
            entry["nothing"] = str(error)
            return entry
        table = np.asarray([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 4)
        fixed = np.column_stack(
            [
                table[:, 0],
                table[:, 1],
                np.rint(table[:, 2] * ONE),
                np.rint(table[:, 3] / timestep_ms),
            ]
        ).astype(np.int64)
        entry["array"] = key = f"{self._key}c{number}"
        self.arrays[key] = fixed[np.lexsort(fixed.T[::-1])]
        return entry

    def write(self, file: Path) -> None:
        self.read()
        first: dict[str, Any] = {"populations": [], "projections": []}
        if self.simulations:
            first = self.simulations[0] | {"later": self.simulations[1:]}
        np.savez_compressed(file, description=json.dumps(first), **self.arrays)


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
