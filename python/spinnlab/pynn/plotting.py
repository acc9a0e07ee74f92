# SPDX-License-Identifier: Apache-2.0
"""sPyNNaker's plots: panels for PyNN's Figure, and whole plots of PyNN 0.7's tables."""

from __future__ import annotations

import importlib
import math
from itertools import repeat
from typing import Any

import numpy as np
from neo import AnalogSignal, Block, Segment, SpikeTrain

#: Options of a panel that are no line properties.
AXES_OPTIONS = ("xlabel", "ylabel", "xlim", "ylim")


def _prepare(axes: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Applies what concerns the axes; returns what is left for the drawing."""
    left = dict(options)
    if not left.pop("xticks", False):
        axes.tick_params(axis="x", labelbottom=False)
    if not left.pop("yticks", False):
        axes.tick_params(axis="y", labelleft=False)
    settings = {"xlabel": "Time (ms)", "ylabel": "Neuron index"}
    settings |= {name: left.pop(name) for name in AXES_OPTIONS if name in left}
    axes.set(**settings)
    return left


def _write_label(axes: Any, label: str | None) -> None:
    if label:
        box = dict(facecolor="white", alpha=1.0)
        axes.text(0.95, 0.95, label, transform=axes.transAxes, ha="right", va="top", bbox=box)


def _raster(axes: Any, neurons: Any, times: Any, label: str | None, options: Any) -> None:
    left = _prepare(axes, options)
    if len(neurons):
        axes.plot(times, neurons, "b.", **left)
        axes.set_ylim(min(neurons) - 0.5, max(neurons) + 0.5)
    _write_label(axes, label)


def _heat_map(axes: Any, matrix: Any, label: str | None, options: Any) -> None:
    left = _prepare(axes, options)
    image = axes.imshow(
        matrix, cmap="hot", interpolation="none", origin="lower", aspect="auto", **left
    )
    axes.figure.colorbar(image)
    _write_label(axes, label)


def plot_spiketrains(axes: Any, spiketrains: Any, label: str | None = "", **options: Any) -> None:
    """A raster of spike trains."""
    neurons = [n for t in spiketrains for n in repeat(int(t.annotations["source_index"]), len(t))]
    times = [float(time) for t in spiketrains for time in t.rescale("ms").magnitude]
    if len(spiketrains):
        options.setdefault("xlim", (0, float(spiketrains[0].t_stop.rescale("ms"))))
    _raster(axes, neurons, times, label, options)


def plot_spikes_numpy(axes: Any, spikes: Any, label: str | None = "", **options: Any) -> None:
    """A raster of rows (neuron, time)."""
    _raster(axes, spikes[:, 0], spikes[:, 1], label, options)


def heat_plot_numpy(axes: Any, data: Any, label: str | None = "", **options: Any) -> None:
    """A heat map of rows (neuron, time, value)."""
    _heat_map(axes, _matrix(data), label, options)


def heat_plot_neo(axes: Any, signal_array: Any, label: str | None = "", **options: Any) -> None:
    """A heat map of a signal, a neuron a row."""
    _heat_map(
        axes, signal_array.magnitude.T, signal_array.name if label is None else label, options
    )


def _matrix(data: Any) -> Any:
    neurons, times = data[:, 0].astype(int), data[:, 1].astype(int)
    matrix = np.full((neurons.max(initial=0) + 1, times.max(initial=0) + 1), np.nan)
    matrix[neurons, times] = data[:, 2]
    return matrix


def plot_segment(axes: Any, segment: Any, label: str | None = "", **options: Any) -> None:
    """The only variable of a segment, or the one that `name` names."""
    name = options.pop("name", None)
    if name is None:
        names = [signal.name for signal in segment.analogsignals]
        names += ["spikes"] if len(segment.spiketrains) else []
        if len(names) != 1:
            raise ValueError(f"the segment holds {', '.join(names) or 'nothing'}: give name=")
        name = names[0]
    if name == "spikes":
        plot_spiketrains(axes, segment.spiketrains, label, **options)
    else:
        heat_plot_neo(axes, segment.filter(name=name)[0], label, **options)


class SpynnakerPanel:
    """A panel for PyNN's Figure: spikes as a raster, other data as a heat map.

    Takes Neo signals, lists of spike trains, segments and blocks with one variable (or name=,
    run=), and tables of PyNN 0.7. Options as of PyNN's Panel.
    """

    def __init__(self, *data: Any, **options: Any) -> None:
        self.data = list(data)
        self.data_labels = options.pop("data_labels", repeat(None))
        self.line_properties = options.pop("line_properties", repeat({}))
        self.options = options

    def plot(self, axes: Any) -> None:
        """Draws into the axes."""
        for datum, label, properties in zip(
            self.data, self.data_labels, self.line_properties, strict=False
        ):
            self._plot_one(axes, datum, label, {**properties, **self.options})

    @staticmethod
    def _plot_one(axes: Any, datum: Any, label: str | None, options: dict[str, Any]) -> None:
        if isinstance(datum, list) and len(datum) == 1 and not isinstance(datum[0], SpikeTrain):
            datum = datum[0]
        if isinstance(datum, Block):
            run = options.pop("run", None)
            if run is None and len(datum.segments) != 1:
                raise ValueError(f"the block has {len(datum.segments)} segments: give run=")
            datum = datum.segments[run or 0]
        if isinstance(datum, Segment):
            plot_segment(axes, datum, label, **options)
        elif isinstance(datum, AnalogSignal):
            heat_plot_neo(axes, datum, label, **options)
        elif isinstance(datum, np.ndarray) and datum.ndim == 2 and datum.shape[1] in (2, 3):
            draw = plot_spikes_numpy if datum.shape[1] == 2 else heat_plot_numpy
            draw(axes, datum, label, **options)
        elif len(datum) and isinstance(datum[0], SpikeTrain):
            plot_spiketrains(axes, datum, label, **options)
        else:
            raise ValueError(f"a panel cannot show {type(datum).__name__}")


# ---- whole plots of tables, shown at once


def _pyplot() -> Any:
    """Matplotlib is loaded when something is drawn; a library user may not have it."""
    return importlib.import_module("matplotlib.pyplot")


def _subplots(data_sets: Any, title: str | None) -> Any:
    """Pairs of axes and table; nothing where there are no data."""
    tables = [data_sets] if isinstance(data_sets, np.ndarray) else list(data_sets)
    tables = [np.asarray(table) for table in tables if len(table)]
    if not tables:
        print(f"no data for {title or 'a plot'}")
        return []
    columns = math.ceil(math.sqrt(len(tables)))
    rows = math.ceil(len(tables) / columns)
    plt = _pyplot()
    _, axes = plt.subplots(rows, columns, squeeze=False)
    if title is not None:
        plt.suptitle(title)
    return list(zip(axes.ravel(), tables, strict=False))


def _show(pairs: Any) -> None:
    if pairs:
        _pyplot().show()


def line_plot(data_sets: Any, title: str | None = None) -> None:
    """A line a neuron, a plot a table of (neuron, time, value)."""
    pairs = _subplots(data_sets, title)
    for axes, table in pairs:
        for neuron in np.unique(table[:, 0]):
            rows = table[table[:, 0] == neuron]
            axes.plot(rows[:, 1], rows[:, 2])
    _show(pairs)


def heat_plot(data_sets: Any, ylabel: str | None = None, title: str | None = None) -> None:
    """A heat map a table of (neuron, time, value)."""
    pairs = _subplots(data_sets, title)
    for axes, table in pairs:
        _heat_map(axes, _matrix(table), None, {"xticks": True, "yticks": True, "ylabel": ylabel})
    _show(pairs)


def plot_spikes(spikes: Any, title: str = "spikes") -> None:
    """A raster a table of (neuron, time)."""
    pairs = _subplots(spikes, title)
    for axes, table in pairs:
        axes.plot(table[:, 1], table[:, 0], "b.")
        axes.set(xlabel="Time (ms)", ylabel="Neuron index")
    _show(pairs)
