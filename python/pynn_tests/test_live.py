# SPDX-License-Identifier: Apache-2.0
"""What a cell shows while run() goes on."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pyNN.spiNNaker as sim
import pytest
from spinnlab.display import raster
from spinnlab.pynn import simulator
from spynnaker.pyNN.exceptions import ConfigurationException


def pixels(html: str) -> list[np.ndarray]:
    """The masks of a frame, each height x width, as a browser decodes them."""
    found = []
    for data in re.findall(r";mask:url\(data:image/png;base64,([^)]*)\)", html):
        png = base64.b64decode(data)
        width, height = struct.unpack(">II", png[16:24])
        at, packed = 8, b""
        while at < len(png):
            size, kind = struct.unpack(">I4s", png[at : at + 8])
            if kind == b"IDAT":
                packed += png[at + 8 : at + 8 + size]
            assert (
                zlib.crc32(png[at + 4 : at + 8 + size])
                == struct.unpack(">I", png[at + 8 + size : at + 12 + size])[0]
            )
            at += size + 12
        lines = np.frombuffer(zlib.decompress(packed), dtype=np.uint8).reshape(height, -1)
        assert not lines[:, 0].any()
        found.append(np.unpackbits(lines[:, 1:], axis=1)[:, :width].astype(bool))
    return found


def watched(*populations: Any, **options: Any) -> list[str]:
    """live(), with the frames in a list instead of a notebook."""
    frames: list[str] = []
    sim.live(*populations, **options)
    simulator.state.live_view.publish = frames.append
    return frames


def volleys(n: int = 40) -> tuple[sim.Population, sim.Population]:
    sim.setup(timestep=1.0)
    source = sim.Population(n, sim.SpikeSourceArray([[10.0, 60.0]] * n), label="source")
    cells = sim.Population(n, sim.IF_curr_exp(), label="cells <1>")
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=5.0))
    source.record("spikes")
    cells.record(["spikes", "v"])
    return source, cells


def test_the_last_frame_shows_every_spike_where_it_was() -> None:
    source, cells = volleys()
    frames = watched(source, cells, window_ms=50.0)
    sim.run(100)
    last = frames[-1]
    assert "Run 0.1 of 0.1 s" in last
    assert "cells &lt;1&gt;" in last
    of_source, of_cells = pixels(last)
    # 50 to 100 ms: the volley of 60 ms stands a fifth from the left, in all neurons' rows.
    across = np.flatnonzero(of_source.any(axis=0)) / of_source.shape[1]
    assert across[0] == 0.2 and across[-1] < 0.204
    assert len(np.flatnonzero(of_source.any(axis=1))) >= 2 * 40
    times = np.concatenate(cells.get_data("spikes").segments[0].spiketrains).magnitude
    seen = times[times >= 50]
    expected = np.unique(((seen - 50) * of_cells.shape[1] / 50).astype(int))
    assert set(expected) <= set(np.flatnonzero(of_cells.any(axis=0)))
    assert "20 spikes/s" in last  # one spike in 50 ms
    assert "4 of 40 neurons" in last
    assert last.count("<polyline") == 4


def test_frames_follow_the_run() -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(2000, sim.IF_curr_exp(i_offset=1.2, tau_refrac=15.0), label="cells")
    cells.record("spikes")
    frames = watched()
    sim.run(40_000)
    assert simulator.state.live_view.frames == len(frames) >= 2
    reached = [float(m) for m in re.findall(r"Run ([\d.]+) of 40 s", "".join(frames))]
    assert reached == sorted(set(reached)) and reached[-1] == 40


def test_a_second_run_gets_an_output_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    source, _ = volleys()
    outputs: list[list[str]] = []

    def new_output() -> Callable[[str], None]:
        outputs.append([])
        return outputs[-1].append

    monkeypatch.setattr("spinnlab.pynn.live_view.notebook_output", new_output)
    sim.live(source)
    sim.run(30)
    sim.run(30)
    assert len(outputs) == 2
    assert "Run 0.03 of 0.03 s" in outputs[0][-1]
    assert "Run 0.06 of 0.06 s" in outputs[1][-1]
    sim.reset()
    sim.run(10)
    assert "Run 0.01 of 0.01 s" in outputs[2][-1]
    sim.setup(timestep=1.0)  # a new simulation shows nothing unasked
    assert simulator.state.live_view is None


def test_a_picture_that_fails_does_not_stop_the_run(caplog: pytest.LogCaptureFixture) -> None:
    source, cells = volleys()
    sim.live(source)

    def gone(_html: str) -> None:
        raise ConnectionError("the browser is gone")

    simulator.state.live_view.publish = gone
    sim.run(100)
    assert cells.get_spike_counts()[0] == 2
    assert caplog.text.count("this run goes on without its picture") == 1


def test_without_a_notebook_the_run_is_the_same() -> None:
    source, cells = volleys()
    sim.live(source)
    sim.run(100)
    assert cells.get_spike_counts()[0] == 2


def test_what_cannot_be_shown_is_named() -> None:
    _, cells = volleys()
    silent = sim.Population(3, sim.IF_curr_exp(), label="silent")
    with pytest.raises(ConfigurationException, match=r'Call silent.record\("spikes"\) before'):
        sim.live(silent)
    with pytest.raises(ConfigurationException, match="views cannot be shown"):
        sim.live(cells[0:2])
    with pytest.raises(ConfigurationException, match="give a positive number"):
        sim.live(cells, window_ms=0)


def test_a_mask_is_decoded_as_it_was() -> None:
    covered = np.random.default_rng(2).random((13, 37)) < 0.3
    html = raster.masked(covered, "red", 13)
    assert np.array_equal(pixels(html)[0], covered)
