# SPDX-License-Identifier: Apache-2.0
"""From Neo blocks to plain arrays: rows of (neuron, time) and (neuron, time, value)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]


def convert_spiketrains(spiketrains: Any) -> Table:
    """Rows of neuron and time (ms), train by train."""
    parts = []
    for n, train in enumerate(spiketrains):
        neuron = int(train.annotations.get("source_index", n))
        times = np.asarray(train.rescale("ms").magnitude, dtype=float)
        parts.append(np.column_stack([np.full(len(times), neuron, dtype=float), times]))
    return np.concatenate(parts) if parts else np.zeros((0, 2))


def convert_spikes(neo: Any, run: int = 0) -> Table:
    """The spikes of one segment of a block."""
    return convert_spiketrains(neo.segments[run].spiketrains)


def convert_analog_signal(signal_array: Any, time_unit: Any = "ms") -> Table:
    """Rows of neuron, time and value, neuron by neuron."""
    times = np.asarray(signal_array.times.rescale(time_unit).magnitude, dtype=float)
    values = np.asarray(signal_array.magnitude, dtype=float)
    neurons = np.asarray(signal_array.annotations["channel_names"], dtype=float)
    return np.column_stack(
        [np.repeat(neurons, len(times)), np.tile(times, len(neurons)), values.T.ravel()]
    )


def convert_data(data: Any, name: str, run: int = 0) -> Table:
    """One variable of one segment of a block."""
    if name == "all":
        raise ValueError('convert_data takes one variable, not "all"')
    if not 0 <= run < len(data.segments):
        raise ValueError(f"there is no run {run}, only {len(data.segments)} segments")
    if name == "spikes":
        return convert_spikes(data, run)
    signals = data.segments[run].filter(name=name)
    if not signals:
        raise ValueError(f"there is no {name} in segment {run}")
    return convert_analog_signal(signals[0])


def convert_data_list(data: Any, name: str, runs: Any = None) -> list[Table]:
    """One variable of several segments (None: of all)."""
    return [
        convert_data(data, name, run)
        for run in (range(len(data.segments)) if runs is None else runs)
    ]


def convert_v_list(data: Any, runs: Any = None) -> list[Table]:
    """v of several segments."""
    return convert_data_list(data, "v", runs)


def convert_gsyn_exc_list(data: Any, runs: Any = None) -> list[Table]:
    """gsyn_exc of several segments."""
    return convert_data_list(data, "gsyn_exc", runs)


def convert_gsyn_inh_list(data: Any, runs: Any = None) -> list[Table]:
    """gsyn_inh of several segments."""
    return convert_data_list(data, "gsyn_inh", runs)


def convert_gsyn(gsyn_exc: Any, gsyn_inh: Any) -> Table:
    """Rows of neuron, time, gsyn_exc, gsyn_inh of the first segments of two blocks."""
    excitatory = convert_data(gsyn_exc, "gsyn_exc")
    inhibitory = convert_data(gsyn_inh, "gsyn_inh")
    if not np.array_equal(excitatory[:, :2], inhibitory[:, :2]):
        raise ValueError("gsyn_exc and gsyn_inh are of different neurons or times")
    return np.column_stack([excitatory, inhibitory[:, 2]])


def count_spiketrains(spiketrains: Any) -> int:
    """Number of spikes in all trains."""
    return sum(len(train) for train in spiketrains)


def count_spikes(neo: Any) -> int:
    """Number of spikes in the first segment."""
    return count_spiketrains(neo.segments[0].spiketrains)
