# SPDX-License-Identifier: Apache-2.0
"""What a notebook shows of a population, a projection, the machine and a run."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyNN.spiNNaker as sim
from pyNN.random import NumpyRNG, RandomDistribution
from spinnlab.display import plots


def parsed(shown: Any) -> ElementTree.Element:
    """The card's HTML: its frame is well-formed, and nothing in it is loaded or executed."""
    html = shown._repr_html_()
    assert "<script" not in html
    assert not re.search(r"url\(|src=|href=", html)
    style, frame = re.fullmatch(
        r"(<style>.*?</style>)(<div class=\"sl\".*)", html, re.DOTALL
    ).groups()
    assert style.count("{") == style.count("}")
    return ElementTree.fromstring(frame.replace("<br>", "<br/>").replace("class=warn", ""))


def facts(frame: ElementTree.Element) -> dict[str, str]:
    names = ["".join(e.itertext()) for e in frame.iter("dt")]
    return dict(zip(names, ["".join(e.itertext()) for e in frame.iter("dd")], strict=True))


def rows(frame: ElementTree.Element) -> dict[str, list[str]]:
    table = [["".join(cell.itertext()) for cell in row] for row in frame.iter("tr")]
    return {name: values for name, *values in table[1:]}


def network() -> tuple[sim.Population, sim.Population, sim.Projection]:
    sim.setup(timestep=1.0)
    drive = sim.Population(300, sim.SpikeSourceArray([[1.0, 2.0]] * 300), label="a <b> & c")
    cells = sim.Population(600, sim.IF_curr_exp(i_offset=np.linspace(0, 0.2, 600)), label="cells")
    cells.record(["spikes", "v"])
    delay = RandomDistribution("uniform_int", low=1, high=4, rng=NumpyRNG(seed=3))
    projection = sim.Projection(
        drive,
        cells,
        sim.FixedProbabilityConnector(0.5, rng=NumpyRNG(seed=3)),
        sim.StaticSynapse(weight=0.25, delay=delay),
        label="drive",
    )
    return drive, cells, projection


def test_a_population_shows_its_values_and_its_place() -> None:
    drive, cells, _ = network()
    before = parsed(cells)
    assert rows(before)["tau_m"] == ["20", "ms", "same for all"]
    assert rows(before)["i_offset"][:2] == ["0 to 0.2", "nA"]
    assert rows(before)["v (start)"][:2] == ["\N{MINUS SIGN}65", "mV"]
    assert facts(before) == {"Cores": "known after run()", "In": "a <b> & c"}
    assert rows(parsed(drive)) == {"spike_times": ["600 spikes", "", ""]}
    sim.run(3)
    after = facts(parsed(cells))
    assert after["Cores"] == "3, 256 neurons each"
    assert after["Chips"] == "1 of 48"
    text = repr(cells._card())
    assert text.startswith("cells: Population of 600 IF_curr_exp (records spikes, v)\n")
    assert "  tau_m = 20 ms\n" in text


def test_a_projection_shows_weights_delays_and_rows() -> None:
    drive, cells, projection = network()
    sim.run(1)
    pre, _, _, delays = projection.connection_table()
    card = projection._card()
    assert card.corner == f"{len(pre):,} synapses"
    assert card.lines == ["weight 0.25 nA", "delay 1 to 4 ms"]
    assert facts(parsed(projection))["Longest row"] == str(np.bincount(pre).max())
    # A bar for each delay, as high as it is frequent.
    figure = list(parsed(projection).iter("figure"))[1]
    heights = [float(bar.get("height")) for bar in figure.iter("rect")]
    counts = np.bincount(np.rint(delays).astype(int))[1:]
    assert np.allclose(np.array(heights) / max(heights), counts / counts.max(), atol=0.01)
    none = sim.Projection(drive, cells, sim.FromListConnector([]), sim.StaticSynapse(), label="no")
    assert repr(none._card()).endswith("(0 synapses)\n  no connection")


def test_what_is_too_large_for_a_picture_is_not_made() -> None:
    sim.setup(timestep=1.0)
    many = sim.Population(5000, sim.IF_curr_exp())
    every = sim.Projection(many, many, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01))
    card = every._card()
    assert card.corner == "about 25,000,000 synapses"
    assert "get() reads them" in card.lines[0]
    parsed(every)


def test_the_machine_shows_who_has_which_cores() -> None:
    network()
    sim.run(1)
    shown = sim.get_machine()
    frame = parsed(shown)
    assert len(list(frame.iter("polygon"))) == 48
    used = [p for p in frame.iter("polygon") if p.get("fill") != "none"]
    assert facts(frame)["Chips in use"] == f"{len(used)} of 48"
    assert repr(shown._card()).startswith(
        "1 board: 48 chips, 808 cores for applications\n  cells, 3"
    )


def test_a_run_says_what_somebody_should_know() -> None:
    sim.setup(timestep=1.0)
    assert repr(sim.summary()) == "No run yet: run() makes one"
    drive = sim.Population(8, sim.SpikeSourceArray([[1.0]] * 8), label="drive")
    cells = sim.Population(1, sim.IF_curr_exp(), label="cells")
    weights = sim.StaticSynapse(weight=2.0)
    sim.Projection(drive, cells, sim.AllToAllConnector(), weights)
    sim.run(5)
    quiet = sim.summary()
    assert quiet.title == "Ran 0.005 s of model time"
    assert "  8 synaptic events, 8 synapses" in repr(quiet)
    assert not quiet.said
    parsed(quiet)
    # 45 sums of 8 x 2 nA in one step are more than 16 bits hold on the scale of the estimates.
    synapse = sim.StaticSynapse(weight=2.0)
    for _ in range(44):
        sim.Projection(drive, cells, sim.ArrayConnector(np.ones((8, 1))), synapse)
    sim.reset()
    sim.run(5)
    loud = sim.summary()
    assert loud.said[0] == "1 thing to know"
    assert re.match(
        r"cells: 1 sum of weights that arrived in one step was above .* clamped", loud.said[1]
    )
    assert parsed(loud).find("div[@class='said warn']") is None  # what it is stands folded
    assert [e.text for e in parsed(loud).iter("li")] == [loud.said[1]]


def test_numbers_are_short_and_say_their_sign() -> None:
    assert plots.number(1280000.0) == "1,280,000"
    assert plots.number(-65.0) == "\N{MINUS SIGN}65"
    assert plots.number(0.0125) == "0.0125"
    assert plots.number(1.939e-05, 0.2) == "0"
    assert plots.number(float("inf")) == "∞"


def test_bars_stand_on_values_that_are_evenly_spaced() -> None:
    counts, low, high = plots.counted(np.array([1.0, 1.0, 3.0, 4.0]), 24)
    assert (counts.tolist(), low, high) == ([2, 0, 1, 1], 1.0, 4.0)
    counts, _, _ = plots.counted(np.random.default_rng(1).normal(size=1000), 24)
    assert len(counts) == 24 and counts.sum() == 1000
    assert plots.counted(np.full(5, 2.0), 24)[0].tolist() == [5]
