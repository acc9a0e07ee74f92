# SPDX-License-Identifier: Apache-2.0
"""From Neo blocks to plain arrays: rows of (neuron, time) and (neuron, time, value)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def convert_spiketrains(spiketrains: Any) -> NDArray[np.float64]:
    """Rows of neuron and time (ms), train by train."""
    parts = []
    for n, train in enumerate(spiketrains):
        neuron = int(train.annotations.get("source_index", n))
        times = np.asarray(train.rescale("ms").magnitude, dtype=float)
        parts.append(np.column_stack([np.full(len(times), neuron, dtype=float), times]))
    return np.concatenate(parts) if parts else np.zeros((0, 2))


def convert_spikes(neo: Any, run: int = 0) -> NDArray[np.float64]:
    """The spikes of one segment of a block."""
    return convert_spiketrains(neo.segments[run].spiketrains)


def convert_analog_signal(signal_array: Any, time_unit: Any = "ms") -> NDArray[np.float64]:
    """Rows of neuron, time (ms) and value, neuron by neuron."""
    times = np.asarray(signal_array.times.rescale("ms").magnitude, dtype=float)
    values = np.asarray(signal_array.magnitude, dtype=float)
    neurons = np.asarray(signal_array.array_annotations["channel_index"], dtype=float)
    return np.column_stack(
        [np.repeat(neurons, len(times)), np.tile(times, len(neurons)), values.T.ravel()]
    )


def convert_data(data: Any, name: str, run: int = 0) -> NDArray[np.float64]:
    """One variable of one segment of a block."""
    signals = data.segments[run].filter(name=name)
    if not signals:
        raise ValueError(f"there is no {name} in segment {run}")
    return convert_analog_signal(signals[0])


def convert_v_list(data: Any) -> list[NDArray[np.float64]]:
    """v of every segment."""
    return [convert_data(data, "v", run) for run in range(len(data.segments))]


def convert_gsyn_exc_list(data: Any) -> list[NDArray[np.float64]]:
    """gsyn_exc of every segment."""
    return [convert_data(data, "gsyn_exc", run) for run in range(len(data.segments))]


def convert_gsyn_inh_list(data: Any) -> list[NDArray[np.float64]]:
    """gsyn_inh of every segment."""
    return [convert_data(data, "gsyn_inh", run) for run in range(len(data.segments))]


def count_spiketrains(spiketrains: Any) -> int:
    """Number of spikes in all trains."""
    return sum(len(train) for train in spiketrains)


def count_spikes(neo: Any) -> int:
    """Number of spikes in the first segment."""
    return count_spiketrains(neo.segments[0].spiketrains)
