# SPDX-License-Identifier: Apache-2.0
"""What is recorded, how it is read, cleared and written, over runs and resets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyNN.spiNNaker as sim
import pytest
from pyNN.errors import RecordingError
from spynnaker.pyNN.exceptions import ConfigurationException
from spynnaker.pyNN.utilities import neo_compare, neo_convertor
from spynnaker.pyNN.utilities.neo_csv import NeoCsv


def driven(n: int = 4, **options: object) -> tuple[sim.Population, sim.Population]:
    """Neuron i of the second fires 7 ms after neuron i of the first, which fires at i ms."""
    source = sim.Population(n, sim.SpikeSourceArray([[float(i)] for i in range(n)]), label="source")
    cells = sim.Population(n, sim.IF_curr_exp(), label="cells", **options)
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=5.0, delay=1.0))
    return source, cells


def times(population: sim.Population, segment: int = -1) -> list[list[float]]:
    trains = population.get_data("spikes").segments[segment].spiketrains
    return [train.magnitude.tolist() for train in trains]


def test_every_recordable_has_its_unit_and_shape() -> None:
    sim.setup(timestep=1.0)
    source, cells = driven()
    cells.record("all")
    source.record("all")
    sim.run(20)
    segment = cells.get_data().segments[0]
    signals = {signal.name: signal for signal in segment.analogsignals}
    assert set(signals) == {"v", "gsyn_exc", "gsyn_inh", "packets-per-timestep"}
    assert {n: str(s.units.dimensionality) for n, s in signals.items()} == {
        "v": "mV", "gsyn_exc": "uS", "gsyn_inh": "uS", "packets-per-timestep": "dimensionless",
    }  # fmt: skip
    assert signals["v"].shape == (20, 4)
    assert signals["gsyn_exc"].magnitude[2, 0] == pytest.approx(
        25 * (1 - np.exp(-0.2)) * np.exp(-0.2), 1e-3
    )
    assert np.all(signals["gsyn_inh"].magnitude == 0)
    # A column a core; a spike sent at step i is counted when it arrives, in the step after.
    packets = signals["packets-per-timestep"].magnitude[:, 0]
    assert packets.sum() == 4 and packets.max() == 1
    assert times(cells) == [[7.0 + i] for i in range(4)]
    assert times(source) == [[float(i)] for i in range(4)]


def test_annotations_that_scripts_rely_on() -> None:
    sim.setup(timestep=0.5)
    _, cells = driven()
    cells[1:3].record("v")
    cells.record("spikes")
    cells.annotate(mine="yes")
    sim.run(20)
    block = cells.get_data(annotations={"script": "this"})
    known = {k: block.annotations[k] for k in ("size", "first_index", "label", "dt", "mine")}
    assert known == {"size": 4, "first_index": 0, "label": "cells", "dt": 0.5, "mine": "yes"}
    assert block.annotations["first_id"] == cells.first_id
    assert block.annotations["script"] == "this"
    assert block.name == "cells"
    segment = block.segments[0]
    assert segment.name == "segment0" and segment.rec_datetime is not None
    signal = segment.filter(name="v")[0]
    assert list(signal.annotations["channel_names"]) == [1, 2]
    assert list(signal.annotations["source_ids"]) == [cells.first_id + 1, cells.first_id + 2]
    assert signal.annotations["source_population"] == "cells"
    assert (float(signal.t_start), float(signal.t_stop)) == (0.0, 20.0)
    assert float(signal.sampling_period) == 0.5
    train = segment.spiketrains[3]
    assert train.annotations["source_index"] == 3
    assert train.annotations["source_id"] == cells.first_id + 3
    assert train.annotations["source_population"] == "cells"
    assert (float(train.t_start), float(train.t_stop)) == (0.0, 20.0)
    assert float(train.sampling_rate.rescale("Hz")) == 2000.0


def test_sampling_intervals() -> None:
    sim.setup(timestep=1.0)
    _, cells = driven()
    cells.record("v", sampling_interval=3.0)
    cells.record("spikes", sampling_interval=4.0)
    sim.run(20)
    thinned = cells.get_data("v").segments[0].analogsignals[0]
    assert thinned.shape == (7, 4) and float(thinned.sampling_period) == 3.0
    # Spikes of the steps since the last sample stand at the next one.
    assert times(cells) == [[8.0], [8.0], [12.0], [12.0]]
    sim.reset()
    cells.record(None)
    cells.record("v")
    sim.run(20)
    whole = cells.get_data("v").segments[1].analogsignals[0]
    assert np.array_equal(thinned.magnitude, whole.magnitude[::3])


@pytest.mark.parametrize("interval_ms", [0.5, 0.0, -1.0, 1.5, float("nan"), float("inf"), 1e300])
def test_intervals_that_cannot_be(interval_ms: float) -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(2, sim.IF_curr_exp())
    with pytest.raises(ConfigurationException, match="time step"):
        cells.record("v", sampling_interval=interval_ms)
    sim.run(1)


def test_recordings_that_cannot_be() -> None:
    sim.setup(timestep=1.0)
    source, cells = driven()
    for population, name in ((cells, "nonsense"), (source, "v"), (cells, "u")):
        with pytest.raises(RecordingError, match=name):
            population.record(name)
        with pytest.raises(KeyError):
            population.record(["spikes", name])
    assert not cells.recorder.wanted  # nothing of a list with a wrong name
    with pytest.raises(ConfigurationException):
        cells.record(None, sampling_interval=2.0)
    with pytest.raises(ValueError, match="whole population"):
        cells[:2].record("packets-per-timestep")
    with pytest.raises(ValueError, match="every step"):
        cells.record("packets-per-timestep", sampling_interval=2.0)
    cells[:2].record("v", sampling_interval=2.0)
    with pytest.raises(ConfigurationException, match="one interval"):
        cells[2:].record("v", sampling_interval=4.0)
    sim.run(2)
    with pytest.raises(ConfigurationException, match=r"gsyn_exc.*record"):
        cells.get_data("gsyn_exc")


def test_views_add_up_and_can_be_turned_off() -> None:
    sim.setup(timestep=1.0)
    _, cells = driven(6)
    cells[[0, 2]].record("v")
    cells[3:5].record(["v", "spikes"])
    cells[[2]].record(None)
    sim.run(20)
    signal = cells.get_data("v").segments[0].analogsignals[0]
    assert list(signal.annotations["channel_names"]) == [0, 3, 4]
    assert cells[2:5].get_data("v").segments[0].analogsignals[0].shape == (20, 2)
    assert times(cells) == [[], [], [], [10.0], [11.0], []]
    assert cells.get_spike_counts() == {0: 0, 1: 0, 2: 0, 3: 1, 4: 1, 5: 0}
    assert cells[3:].get_spike_counts() == {3: 1, 4: 1, 5: 0}
    assert cells[3:5].mean_spike_count() == 1.0
    assert cells.mean_spike_count() == pytest.approx(2 / 6)


def test_turning_on_and_off_between_runs() -> None:
    sim.setup(timestep=1.0)
    _, cells = driven()
    cells.record("v")
    sim.run(5)
    cells.record("gsyn_exc")
    sim.run(5)
    v, gsyn = (cells.get_data(n).segments[0].analogsignals[0] for n in ("v", "gsyn_exc"))
    assert v.shape == (10, 4)
    assert gsyn.shape == (5, 4) and float(gsyn.t_start) == 5.0
    cells.record(None)
    sim.run(5)
    with pytest.raises(ConfigurationException):
        cells.get_data("v")


def test_runs_add_up_to_one_segment() -> None:
    sim.setup(timestep=1.0)
    _, cells = driven()
    cells.record(["v", "spikes"])
    whole: list[np.ndarray] = []
    for parts in ([20], [1, 0, 7, 12]):
        for part in parts:
            sim.run(part)
        assert times(cells) == [[7.0 + i] for i in range(4)]
        whole.append(cells.get_data("v").segments[-1].analogsignals[0].magnitude)
        sim.reset()
    assert np.array_equal(*whole)


def test_a_segment_a_reset_also_for_populations_that_come_later() -> None:
    sim.setup(timestep=1.0)
    _, cells = driven()
    cells.record(["v", "spikes"])
    sim.run(12)
    sim.reset(annotations={"trial": 1})
    assert len(cells.get_data().segments) == 1  # the next one begins with the next run
    later = sim.Population(2, sim.IF_curr_exp(i_offset=2.0), label="later")
    later.record("spikes")
    cells.record("gsyn_exc")
    sim.run(15)
    sim.reset()
    cells[0:2].initialize(v=-60.0)
    sim.run(3)
    segments = cells.get_data().segments
    assert [s.name for s in segments] == ["segment0", "segment1", "segment2"]
    assert segments[0].annotations == {"trial": 1}
    lengths = [[len(a) for a in s.analogsignals if a.name == "v"] for s in segments]
    assert lengths == [[12], [15], [3]]
    assert [[a.name for a in s.analogsignals] for s in segments[:2]] == [["v"], ["gsyn_exc", "v"]]
    neo_compare.compare_spiketrain(
        segments[0].spiketrains[0], segments[1].spiketrains[0], same_length=False
    )
    first = later.get_data().segments
    assert first[0].description == "empty" and len(first[1].spiketrains) == 2


def test_clearing_forgets_what_was_read() -> None:
    sim.setup(timestep=1.0)
    _, cells = driven()
    cells.record(["v", "spikes"])
    sim.run(8)
    assert times(cells) == [[7.0], [], [], []]
    cells.get_data("spikes", clear=True)
    assert len(cells.get_data("v").segments[0].analogsignals[0]) == 8  # was not read
    sim.run(4)
    train = cells.get_data("spikes").segments[0].spiketrains[1]
    assert train.magnitude.tolist() == [8.0] and float(train.t_start) == 8.0
    assert cells.get_spike_counts() == {0: 0, 1: 1, 2: 1, 3: 1}
    cells.get_data(clear=True)
    empty = cells.get_data()
    assert len(empty.segments) == 1
    assert len(empty.segments[0].analogsignals[0]) == 0
    assert float(empty.segments[0].analogsignals[0].t_start) == 12.0
    sim.run(3)
    v = cells.get_data("v").segments[0].analogsignals[0]
    assert (len(v), float(v.t_start)) == (3, 12.0)


def test_clearing_and_resetting_in_turns_keeps_one_segment() -> None:
    sim.setup(timestep=1.0)
    _, cells = driven()
    cells.record("v")
    seen = []
    for _ in range(3):
        sim.run(10)
        block = cells.get_data(clear=True)
        assert len(block.segments) == 1
        seen.append(block.segments[0].analogsignals[0].magnitude)
        sim.reset()
    assert np.array_equal(seen[0], seen[1]) and np.array_equal(seen[1], seen[2])


def test_data_outlive_end_and_the_next_setup() -> None:
    sim.setup(timestep=1.0)
    _, cells = driven()
    cells.record(["v", "spikes"])
    projection = sim.Projection(cells, cells, sim.OneToOneConnector(), sim.StaticSynapse(0.25, 1.0))
    sim.run(12)
    before = cells.get_data()
    sim.end()
    neo_compare.compare_blocks(before, cells.get_data())
    sim.setup(timestep=0.1)
    other = sim.Population(4, sim.IF_curr_exp(i_offset=5.0), label="cells")
    other.record(["v", "spikes"])
    sim.run(3)
    neo_compare.compare_blocks(before, cells.get_data())
    assert projection.get("weight", "list", with_address=False) == [0.25] * 4
    assert other.get_data("v").segments[0].analogsignals[0].shape == (30, 4)
    with pytest.raises(ConfigurationException, match="before the last setup"):
        sim.Projection(cells, other, sim.OneToOneConnector())
    with pytest.raises(ConfigurationException, match="before the last setup"):
        cells.record("v")


def test_assemblies_record_and_are_read_together() -> None:
    sim.setup(timestep=1.0)
    source, cells = driven()
    both = source + cells
    both.record("spikes")
    sim.run(20)
    assert both.get_spike_counts() == dict.fromkeys(both.all_cells, 1)
    assert both.mean_spike_count() == 1.0
    assert len(both.get_data("spikes").segments[0].spiketrains) == 8


def test_tables_of_pynn_0_7() -> None:
    sim.setup(timestep=1.0)
    _, cells = driven()
    cells.record(["v", "spikes", "gsyn_exc", "gsyn_inh"])
    sim.run(12)
    spikes = cells.spinnaker_get_data("spikes")
    assert spikes.tolist() == [[i, 7.0 + i] for i in range(4)]
    v = cells.spinnaker_get_data("v")
    matrix = cells.spinnaker_get_data("v", as_matrix=True)
    assert v.shape == (48, 3) and matrix.shape == (12, 4)
    assert all(matrix[int(t), int(i)] == value for i, t, value in v)
    block = cells.get_data()
    assert np.array_equal(neo_convertor.convert_spikes(block), spikes)
    assert np.array_equal(neo_convertor.convert_data(block, "v"), v)
    assert np.array_equal(neo_convertor.convert_v_list(block)[0], v)
    assert neo_convertor.convert_gsyn(block, block).shape == (48, 4)
    assert neo_convertor.count_spikes(block) == 4
    assert cells[1:3].spinnaker_get_data("v").shape == (24, 3)


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    sim.setup(timestep=1.0)
    _, cells = driven()
    cells.record(["v", "spikes"], to_file=str(tmp_path / "folder" / "at_end.csv"))
    sim.run(12)
    sim.reset()
    sim.run(5)
    block = cells.get_data()
    for name in ("now.csv", "now.pkl", "now.nix"):
        try:
            cells.write_data(str(tmp_path / name))
        except ImportError:  # Neo without that format's library
            continue
        assert (tmp_path / name).stat().st_size > 0
    neo_compare.compare_blocks(block, NeoCsv().read_csv(tmp_path / "now.csv"))
    from neo.io import PickleIO

    neo_compare.compare_blocks(block, PickleIO(str(tmp_path / "now.pkl")).read_block())
    cells.write_data(PickleIO(str(tmp_path / "own.pkl")), variables="v", clear=True)
    sim.end()
    at_end = NeoCsv().read_csv(tmp_path / "folder" / "at_end.csv")
    assert [len(s.spiketrains) for s in at_end.segments] == [4, 4]


def test_a_folder_that_cannot_be_written_is_a_python_error(tmp_path: Path) -> None:
    sim.setup(timestep=1.0)
    _, cells = driven()
    cells.record("v")
    sim.run(3)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match="file"):
        cells.write_data(str(tmp_path / "file" / "now.csv"))
    assert cells.get_data("v").segments[0].analogsignals[0].shape == (3, 4)


def test_many_trains_are_made_quickly() -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(5000, sim.IF_curr_exp(i_offset=3.0, tau_refrac=1.0))
    cells.record("spikes")
    sim.run(500)
    trains = cells.get_data("spikes").segments[0].spiketrains
    assert len(trains) == 5000
    assert sum(len(train) for train in trains) == sum(cells.get_spike_counts().values()) > 200000
    assert trains[4999].annotations["source_index"] == 4999
