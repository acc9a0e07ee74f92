# SPDX-License-Identifier: Apache-2.0
"""Neo's list of spike trains, with trains made in one pass over all spikes when they are needed."""

from __future__ import annotations

from typing import Any

import numpy as np
from neo import SpikeTrain
from neo.core.spiketrainlist import SpikeTrainList


class Trains(SpikeTrainList):
    """Neo's own looks through all spikes once for each neuron."""

    @classmethod
    def made(
        cls, times_ms: Any, ids: Any, all_ids: Any, *, sampling_rate: Any, **options: Any
    ) -> Trains:
        """From times and cells of all spikes; `options` are Neo's and annotations."""
        trains: Trains = cls.from_spike_time_array(times_ms, ids, all_ids, units="ms", **options)
        trains._spiketrain_metadata["sampling_rate"] = sampling_rate
        return trains

    _items: list[SpikeTrain] | None

    def _spiketrains_from_array(self) -> None:
        if self._spike_time_array is None:
            self._items = []
            return
        order = np.argsort(self._channel_id_array, kind="stable")
        times, cells = self._spike_time_array[order], self._channel_id_array[order]
        all_cells = np.asarray(self._all_channel_ids)
        first = np.searchsorted(cells, all_cells, side="left")
        last = np.searchsorted(cells, all_cells, side="right")
        each = {k: v for k, v in self._annotations.items() if not isinstance(v, str)}
        common = {k: v for k, v in self._annotations.items() if isinstance(v, str)}
        self._items = []
        for i, cell in enumerate(self._all_channel_ids):
            train = SpikeTrain(times[first[i] : last[i]], **self._spiketrain_metadata)
            train.annotate(
                channel_id=int(cell), **common, **{k: int(v[i]) for k, v in each.items()}
            )
            train.segment = self.segment
            self._items.append(train)
