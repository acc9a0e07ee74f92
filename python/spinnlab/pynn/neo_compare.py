# SPDX-License-Identifier: Apache-2.0
"""Whether two Neo objects hold the same data; AssertionError names the first difference."""

from __future__ import annotations

from typing import Any

import numpy as np


def _require(equal: bool, what: str, first: Any, second: Any) -> None:
    if not equal:
        raise AssertionError(f"{what}: {first} in the first, {second} in the second")


def _compare_values(
    first: Any, second: Any, what: str, same_length: bool, tolerance: float = 0.0
) -> None:
    first, second = np.asarray(first), np.asarray(second)
    if same_length:
        _require(len(first) == len(second), f"{what}, length", len(first), len(second))
    n = min(len(first), len(second))
    different = np.argwhere(np.abs(first[:n] - second[:n]) > tolerance)
    if len(different):
        place = tuple(int(i) for i in different[0])
        _require(False, f"{what}, entry {place}", first[place], second[place])


def compare_spiketrain(spiketrain1: Any, spiketrain2: Any, same_length: bool = True) -> None:
    """Two trains; without `same_length` one may go on after the other's end."""
    neuron1 = spiketrain1.annotations["source_index"]
    neuron2 = spiketrain2.annotations["source_index"]
    _require(neuron1 == neuron2, "source_index", neuron1, neuron2)
    _compare_values(
        spiketrain1.magnitude, spiketrain2.magnitude, f"spikes of neuron {neuron1}", same_length
    )


def compare_spiketrains(
    spiketrains1: Any, spiketrains2: Any, same_data: bool = True, same_length: bool = True
) -> None:
    """Two lists of trains; without `same_data` one list may be empty."""
    if not same_data and (len(spiketrains1) == 0 or len(spiketrains2) == 0):
        return
    _require(len(spiketrains1) == len(spiketrains2), "trains", len(spiketrains1), len(spiketrains2))
    for train1, train2 in zip(spiketrains1, spiketrains2, strict=True):
        compare_spiketrain(train1, train2, same_length)


def compare_analogsignal(as1: Any, as2: Any, same_length: bool = True) -> None:
    """Two signals: name, neurons, times, values."""
    _require(as1.name == as2.name, "name", as1.name, as2.name)
    names1, names2 = as1.annotations["channel_names"], as2.annotations["channel_names"]
    _require(list(names1) == list(names2), f"neurons of {as1.name}", names1, names2)
    # Times are products of a number and the sampling period.
    _compare_values(
        as1.times.rescale("ms").magnitude, as2.times.rescale("ms").magnitude,
        f"times of {as1.name}", same_length, tolerance=1e-6,
    )  # fmt: skip
    _compare_values(as1.magnitude, as2.magnitude, as1.name, same_length)


def compare_segments(
    seg1: Any, seg2: Any, same_data: bool = True, same_length: bool = True
) -> None:
    """Two segments; without `same_data` a variable may be in one of them only."""
    compare_spiketrains(seg1.spiketrains, seg2.spiketrains, same_data, same_length)
    signals1 = {signal.name: signal for signal in seg1.analogsignals}
    signals2 = {signal.name: signal for signal in seg2.analogsignals}
    if same_data:
        _require(set(signals1) == set(signals2), "variables", sorted(signals1), sorted(signals2))
    for name in set(signals1) & set(signals2):
        compare_analogsignal(signals1[name], signals2[name], same_length)


def compare_blocks(
    neo1: Any, neo2: Any, same_runs: bool = True, same_data: bool = True, same_length: bool = True
) -> None:
    """Two blocks; without `same_runs` only the segments that both have."""
    if same_runs:
        _require(
            len(neo1.segments) == len(neo2.segments),
            "segments", len(neo1.segments), len(neo2.segments),
        )  # fmt: skip
    for segment1, segment2 in zip(neo1.segments, neo2.segments, strict=False):
        compare_segments(segment1, segment2, same_data, same_length)
