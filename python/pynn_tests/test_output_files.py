# SPDX-License-Identifier: Apache-2.0
"""Files: where recordings go, what a connection list is read from, a block's annotations."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import neo
import pyNN.spiNNaker as sim
import pytest
from spinnlab.pynn.errors import OutputFileError
from spynnaker.pyNN.exceptions import ConfigurationException


def recorded(n: int = 3) -> sim.Population:
    sim.setup(timestep=1.0)
    return sim.Population(n, sim.IF_curr_exp(i_offset=1.0), label="cells")


def block_in(file: Path) -> Any:
    with file.open("rb") as opened:
        return pickle.load(opened)  # written by the test itself


def test_a_recording_goes_to_a_path_and_through_an_io_object() -> None:
    cells = recorded()
    cells.record("v", to_file=Path("new/folder/v.pkl"))
    cells.record("spikes", to_file=neo.io.PickleIO("spikes.pkl"))
    cells[1:].record("v", to_file="view.csv")
    sim.run(20)
    sim.end()
    (signal,) = block_in(Path("new/folder/v.pkl")).segments[0].analogsignals
    assert signal.shape == (20, 3)
    assert len(block_in(Path("spikes.pkl")).segments[0].spiketrains) == 3
    assert Path("view.csv").stat().st_size > 0


@pytest.mark.parametrize("to_file", [True, 3, "v.txt", "v", Path("v.docx"), b"v.pkl"])
def test_what_is_no_file_is_refused_when_it_is_said(to_file: object) -> None:
    cells = recorded()
    with pytest.raises(ConfigurationException, match=r"cells: record\(to_file=.*Neo"):
        cells.record("v", to_file=to_file)


@pytest.mark.parametrize("to_file", [None, False])
def test_no_file_is_no_file(to_file: object) -> None:
    cells = recorded()
    cells.record("v", to_file=to_file)
    sim.run(2)
    sim.end()
    assert not [path for path in Path().iterdir() if path.is_file()]


def test_a_file_that_cannot_be_written_stops_neither_end_nor_the_others() -> None:
    cells = recorded()
    Path("a_file").write_text("in the way")
    cells.record("v", to_file="a_file/v.pkl")
    cells.record("spikes", to_file="good.pkl")
    sim.run(5)
    with pytest.raises(OutputFileError, match=r"cells to a_file/v\.pkl: .*\n.*write_data"):
        sim.end()
    assert len(block_in(Path("good.pkl")).segments) == 1
    sim.end()  # it has ended: a warning, and nothing is written again
    assert cells.get_data("v").segments[0].analogsignals[0].shape == (5, 3)


def test_annotations_of_a_script_win_and_do_no_harm() -> None:
    cells = recorded()
    cells.annotate(size=7, colour="red")
    cells.record("v")
    sim.run(2)
    block = cells.get_data(annotations={"label": "mine", "colour": "blue"})
    assert (block.annotations["size"], block.annotations["label"]) == (7, "mine")
    assert block.annotations["colour"] == "blue"
    assert block.annotations["dt"] == 1.0


def test_annotations_of_the_procedural_record_are_kept() -> None:
    cells = recorded()
    sim.record("v", cells[0], None, annotations={"colour": "red"})
    sim.record("v", cells, "v.pkl", annotations={"colour": "green"})
    sim.run(2)
    sim.end()
    assert block_in(Path("v.pkl")).annotations["colour"] == "green"


def test_an_assembly_writes_one_file() -> None:
    cells = recorded()
    both = cells[:2] + sim.Population(4, sim.IF_curr_exp(), label="others")
    both.record("v", to_file="both.pkl")
    with pytest.raises(ConfigurationException, match="no format"):
        both.record("v", to_file="both.text")
    sim.run(5)
    both.write_data("now.pkl", "v")
    sim.end()
    for file in ("both.pkl", "now.pkl"):
        (signal,) = block_in(Path(file)).segments[0].analogsignals
        assert signal.shape == (5, 6)


def test_the_oldest_ways_to_record() -> None:
    cells = recorded()
    others = sim.Population(4, sim.IF_cond_exp(), label="others")
    cells.record_v()
    others.record_gsyn(to_file=True)
    (others[:2] + cells[:1]).record_v(to_file="v.pkl")
    sim.run(5)
    sim.end()
    assert cells.get_data("v").segments[0].analogsignals[0].shape == (5, 3)
    assert len(others.get_data("gsyn_inh").segments[0].analogsignals) == 1
    assert Path("v.pkl").stat().st_size > 0


@pytest.mark.parametrize("make", [str, Path])
def test_a_connection_list_with_one_row(make: Any) -> None:
    cells = recorded()
    for text, expected in (
        ("0 2 0.5 3.0\n", [(0, 2, 0.5, 3.0)]),
        ('# columns = ["i", "j", "delay", "weight"]\n1 0 2.0 0.25\n', [(1, 0, 0.25, 2.0)]),
        ("0 2 0.5 3.0\n1 1 0.25 1.0\n", [(0, 2, 0.5, 3.0), (1, 1, 0.25, 1.0)]),
    ):
        Path("rows.txt").write_text(text)
        made = sim.Projection(cells, cells, sim.FromFileConnector(make("rows.txt")))
        assert made.get(["weight", "delay"], "list") == expected


def test_a_connection_list_that_is_not_there_is_named() -> None:
    recorded()
    with pytest.raises(FileNotFoundError, match=r"nowhere\.txt"):
        sim.FromFileConnector(Path("nowhere.txt"))
