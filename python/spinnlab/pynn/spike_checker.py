# SPDX-License-Identifier: Apache-2.0
"""Whether spikes run through a synfire chain: each one is the next neuron's."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinnlab.pynn.neo_tables import convert_spikes


def _by_time(spikes: Any) -> NDArray[np.float64]:
    """Rows (neuron, time), by time."""
    rows = np.asarray(spikes if isinstance(spikes, np.ndarray) else convert_spikes(spikes))
    return rows[np.argsort(rows[:, 1], kind="stable")]


def synfire_spike_checker(spikes: Any, nNeurons: int) -> None:  # noqa: N803  the original's name
    """Raises where the next spike is not the next neuron's; takes tables and lists of tables."""
    if isinstance(spikes, list):
        for table in spikes:
            synfire_spike_checker(table, nNeurons)
        return
    expected = None
    for neuron, time in _by_time(spikes):
        if expected is not None and round(neuron) != expected:
            raise AssertionError(
                f"neuron {neuron:.0f} spikes at {time} ms, the next in the chain is {expected}"
            )
        expected = (round(neuron) + 1) % nNeurons


def synfire_multiple_lines_spike_checker(
    spikes: Any,
    nNeurons: int,  # noqa: N803
    lines: int,
    wrap_around: bool = True,
) -> None:
    """The same where `lines` spikes run through the chain one behind the other."""
    last: list[tuple[int, float] | None] = [None] * lines
    for neuron, time in _by_time(spikes):
        followed = [
            k
            for k, spike in enumerate(last)
            if spike is not None and (spike[0] + 1) % nNeurons == round(neuron)
            and (wrap_around or round(neuron) != 0)
        ]  # fmt: skip
        free = [k for k, spike in enumerate(last) if spike is None]
        if not followed and not free:
            raise AssertionError(f"neuron {neuron:.0f} spikes at {time} ms without a cause")
        last[(followed or free)[0]] = (round(neuron), float(time))
