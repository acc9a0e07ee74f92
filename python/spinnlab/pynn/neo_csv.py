# SPDX-License-Identifier: Apache-2.0
"""Neo blocks as text in sPyNNaker's form: groups of rows with an empty row behind each.

First the block; then for each segment its number and date, and for each variable a group about it
(kind, times, unit) and one with its data: a row with the neurons, then rows of neuron and time for
spikes, rows of values for samples.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import neo
import numpy as np
import quantities as pq

Group = list[list[str]]


def write_csv(path: Path, block: neo.Block) -> None:
    """All segments of a block."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["population", block.annotations.get("label", block.name)])
        writer.writerow(["description", f'"{block.description}"'])
        for name in ("size", "first_id", "simulator", "dt"):
            writer.writerow([name, block.annotations.get(name, "")])
        writer.writerow([])
        for number, segment in enumerate(block.segments):
            writer.writerow(["segment_number", number])
            writer.writerow(["rec_datetime", segment.rec_datetime or ""])
            writer.writerow([])
            _write_spikes(writer, segment.spiketrains)
            for signal in segment.analogsignals:
                _write_signal(writer, signal)


def _write_head(writer: Any, kind: str, name: str, data: Any, period: Any, unit: str) -> None:
    writer.writerow([kind, name])
    writer.writerow(["t_start", data.t_start.rescale("ms")])
    writer.writerow(["t_stop", data.t_stop.rescale("ms")])
    writer.writerow(["sampling_period", period])
    writer.writerow(["units", unit])
    writer.writerow([])


def _write_spikes(writer: Any, trains: Any) -> None:
    if not len(trains):
        return
    period = (1.0 / trains[0].sampling_rate).rescale("ms")
    _write_head(writer, "spikes", "spikes", trains[0], period, "dimensionless")
    writer.writerow([train.annotations["source_index"] for train in trains])
    for train in trains:
        for time_ms in train.rescale("ms").magnitude:
            writer.writerow([float(train.annotations["source_index"]), time_ms])
    writer.writerow([])


def _write_signal(writer: Any, signal: Any) -> None:
    unit = signal.units.dimensionality.string
    _write_head(writer, "matrix", signal.name, signal, signal.sampling_period.rescale("ms"), unit)
    writer.writerow(list(signal.annotations["channel_names"]))
    writer.writerows(signal.magnitude.tolist())
    writer.writerow([])


def _groups(path: Path) -> Iterator[Group]:
    """The rows between empty rows."""
    with path.open(newline="", encoding="utf-8") as file:
        for empty, rows in itertools.groupby(csv.reader(file), key=lambda row: not row):
            if not empty:
                yield list(rows)


def _quantity(text: str) -> Any:
    number, unit = text.split()
    return float(number) * pq.Quantity(1.0, unit)


class NeoCsv:
    """sPyNNaker's name for the reader."""

    def read_csv(self, csv_file: str | Path) -> neo.Block:
        """The block of a file."""
        groups = _groups(Path(csv_file))
        about = {row[0]: row[1] for row in next(groups)}
        block = neo.Block(name=about["population"], description=about["description"].strip('"'))
        size, first_id = int(about["size"]), int(about["first_id"])
        block.annotate(
            size=size, first_index=0, last_index=size, first_id=first_id,
            last_id=first_id + size - 1, label=about["population"], simulator=about["simulator"],
            dt=float(about["dt"]),
        )  # fmt: skip
        for group in groups:
            head = {row[0]: row[1] for row in group}
            if "segment_number" in head:
                segment = neo.Segment(
                    name=f"segment{head['segment_number']}",
                    description=block.description,
                    rec_datetime=_date(head["rec_datetime"]),
                )
                block.segments.append(segment)
            else:
                self._read_variable(block, segment, group[0], head, next(groups))
        return block

    @staticmethod
    def _read_variable(
        block: neo.Block, segment: neo.Segment, kind: list[str], head: dict[str, str], data: Group
    ) -> None:
        neurons = [int(word) for word in data[0]]
        label, first_id = block.annotations["label"], block.annotations["first_id"]
        period, start = _quantity(head["sampling_period"]), _quantity(head["t_start"])
        rows = np.array([[float(word) for word in row] for row in data[1:]])
        if kind[0] == "spikes":
            rows = rows.reshape(-1, 2)
            for neuron in neurons:
                train = neo.SpikeTrain(
                    rows[rows[:, 0] == neuron, 1] * pq.ms, t_start=start,
                    t_stop=_quantity(head["t_stop"]), sampling_rate=(1.0 / period).rescale("Hz"),
                    source_population=label, source_id=first_id + neuron, source_index=neuron,
                )  # fmt: skip
                segment.spiketrains.append(train)
            return
        signal = neo.AnalogSignal(
            rows.reshape(-1, len(neurons)), units=head["units"], t_start=start,
            sampling_period=period, name=kind[1], source_population=label,
            source_ids=np.array(neurons) + first_id, channel_names=np.array(neurons),
            array_annotations={"channel_index": np.array(neurons)},
        )  # fmt: skip
        segment.analogsignals.append(signal)


def _date(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
