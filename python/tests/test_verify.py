# SPDX-License-Identifier: Apache-2.0
"""`spinnlab verify`: what counts as a difference, where the first one is, and the page about it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spinnlab.commands.verify import Order, read_order
from spinnlab.errors import SpinnlabError
from spinnlab.programs import native_python
from spinnlab.verify import compare, report
from spinnlab.verify.compare import ONE, Captured

ROOT = Path(__file__).resolve().parents[2]
SPINNLAB = ROOT / ".venv" / "bin" / "spinnlab"
ORIGINAL = ROOT / ".envs" / "original-7.4.1" / "bin" / "python"
STEPS, NEURONS = 200, 40

needs_boards = pytest.mark.skipif(
    not ORIGINAL.exists() or not SPINNLAB.exists(), reason="no environments (make deps)"
)


def captured(arrays: dict[str, Any], random: tuple[str, ...] = ()) -> Captured:
    """One population of 40 with whatever of spikes, v (every second step) and synapses is given."""
    data = []
    if "spikes" in arrays:
        data.append({"segment": 0, "variable": "spikes", "array": "spikes"})
    if "v" in arrays:
        data.append(
            {
                "segment": 0,
                "variable": "v",
                "array": "v",
                "first_step": 0.0,
                "interval_steps": 2.0,
                "neurons": [10 + n for n in range(arrays["v"].shape[1])],
            }
        )
    projections = [{"label": "drive", "array": "c0"}] if "c0" in arrays else []
    description = {
        "populations": [{"label": "cells", "size": NEURONS, "data": data}],
        "projections": projections,
        "timestep_ms": 0.5,
        "run_ms": STEPS * 0.5,
        "random": list(random),
    }
    return Captured(description, arrays)


def poisson(rate_a_step: float, seed: int) -> Any:
    drawn = np.argwhere(np.random.default_rng(seed).random((STEPS, NEURONS)) < rate_a_step)
    return drawn.astype(np.int64)


def synapses(mean_weight: float, seed: int, number: int = 1500) -> Any:
    draws = np.random.default_rng(seed)
    return np.column_stack(
        [
            draws.integers(0, NEURONS, number),
            draws.integers(0, NEURONS, number),
            draws.normal(mean_weight, 0.2, number) * ONE,
            draws.integers(1, 9, number),
        ]
    ).astype(np.int64)


def test_equal_captures_agree_bit_for_bit() -> None:
    arrays = {"spikes": poisson(0.05, 1), "v": np.arange(300).reshape(100, 3), "c0": synapses(1, 2)}
    verdict = compare.compare(captured(arrays), captured(arrays))
    assert verdict.agree
    assert verdict.how == "bit for bit"
    assert [f.compared for f in verdict.findings] == [1500, len(arrays["spikes"]), 300]
    assert not verdict.firsts


def test_one_bit_of_one_sample_is_found_with_neuron_step_and_both_values() -> None:
    values = np.full((100, 3), -65 * ONE)
    other = values.copy()
    other[7, 2] += 1
    other[9, 0] += 5
    verdict = compare.compare(captured({"v": values}), captured({"v": other}))
    (finding,) = verdict.findings
    assert (finding.different, finding.step) == (2, 14)
    assert finding.detail == (
        "neuron 12, step 14 (7 ms): native -65.000000 (-2129920), original -64.999969 (-2129919)"
    )


def test_the_first_spike_of_only_one_way_is_told() -> None:
    spikes = np.array([[3, 1], [5, 2], [9, 0]])
    verdict = compare.compare(captured({"spikes": spikes}), captured({"spikes": spikes[[0, 2]]}))
    assert verdict.findings[0].detail == "neuron 2, step 5 (2.5 ms): only the native way fires"


def test_a_weight_that_differs_is_told_before_what_follows_from_it() -> None:
    ours, theirs = synapses(1, 2), synapses(1, 2)
    theirs[4, 2] += 1
    a = {"v": np.zeros((5, 1), dtype=np.int64), "c0": ours}
    b = {"v": np.eye(5, 1, -2, dtype=np.int64), "c0": theirs}
    verdict = compare.compare(captured(a), captured(b))
    assert not verdict.agree
    first, then = verdict.firsts
    assert first.what == "projection 0 drive, weights and delays"
    assert f"({ours[4, 2]})" in first.detail
    assert f"({theirs[4, 2]})" in first.detail
    assert "neuron 10, step 4" in then.detail


@pytest.mark.parametrize(("ours", "theirs"), [(slice(0, 3), slice(0, 2)), (slice(1, 3), slice(3))])
def test_a_synapse_that_only_one_way_has_is_told(ours: slice, theirs: slice) -> None:
    rows = np.array([[0, 0, ONE, 1], [0, 1, ONE, 1], [2, 2, ONE, 3]])
    verdict = compare.compare(captured({"c0": rows[ours]}), captured({"c0": rows[theirs]}))
    (finding,) = verdict.findings
    assert finding.different == 1
    assert "synapses, original" in finding.detail


def test_data_of_only_one_way_is_a_difference() -> None:
    v = {"v": np.zeros((5, 1), dtype=np.int64)}
    verdict = compare.compare(captured(v | {"spikes": poisson(0.1, 1)}), captured(v))
    assert not verdict.agree
    assert verdict.firsts[0].detail == "only the native way has data"


def test_random_draws_of_one_distribution_are_alike_and_of_two_are_not() -> None:
    def drawn(seed: int, rate: float, weight: float, number: int = 1500) -> Captured:
        arrays = {"spikes": poisson(rate, seed), "c0": synapses(weight, seed, number)}
        return captured(arrays, ("population cells: SpikeSourcePoisson",))

    alike = compare.compare(drawn(1, 0.05, 1.0), drawn(2, 0.05, 1.0))
    assert alike.agree
    assert alike.how == "by distribution where it draws random numbers"
    assert {f.word for f in alike.findings} == {"alike"}

    def apart(other: Captured) -> set[str]:
        return {f.what for f in compare.compare(drawn(1, 0.05, 1.0), other).findings if f.different}

    assert apart(drawn(2, 0.10, 1.0)) == {"cells, spikes"}
    assert apart(drawn(2, 0.05, 1.1)) == {"projection 0 drive, weights"}
    assert apart(drawn(2, 0.05, 1.0, 2000)) == {"projection 0 drive, synapses"}


def test_means_of_samples_allow_for_input_in_common() -> None:
    def samples(seed: int, common: float, mean: float) -> Captured:
        draws = np.random.default_rng(seed)
        shared = draws.normal(0, common, (STEPS, 1))
        v = mean + shared + draws.normal(0, 1, (STEPS, NEURONS))
        return captured({"v": np.rint(v * ONE).astype(np.int64)}, ("RandomDistribution(normal)",))

    assert compare.compare(samples(1, 0, -60), samples(2, 0, -60)).agree
    assert not compare.compare(samples(1, 0, -60), samples(2, 0, -59)).agree
    # The same gap says nothing where all neurons move together.
    assert compare.compare(samples(1, 6, -60), samples(2, 6, -59)).agree


def test_what_is_equal_in_a_random_script_counts_as_equal() -> None:
    arrays = {"spikes": poisson(0.05, 1)}
    drawn = captured(arrays, ("RandomDistribution(normal)",))
    verdict = compare.compare(drawn, drawn)
    assert verdict.how == "bit for bit"
    assert verdict.findings[0].word == "equal"


def test_a_script_without_anything_to_compare_is_an_error() -> None:
    with pytest.raises(SpinnlabError, match="recorded nothing"):
        compare.compare(captured({}), captured({}))


@pytest.mark.parametrize(
    ("words", "script", "page"),
    [
        (["a.py"], ["a.py"], None),
        (["a.py", "--html"], ["a.py"], "a.html"),
        (["--html", "dir/a.py", "5"], ["dir/a.py", "5"], "a.html"),
        (["a.py", "--html", "b.html", "5"], ["a.py", "5"], "b.html"),
        (["--html=b.htm", "a.py", "-x"], ["a.py", "-x"], "b.htm"),
        (["a.py", "--", "--html"], ["a.py", "--html"], None),
    ],
)
def test_the_page_may_be_asked_for_on_either_side(
    words: list[str], script: list[str], page: str | None
) -> None:
    assert read_order(words) == Order(script, None if page is None else Path(page))


def test_the_random_streams_may_be_named() -> None:
    assert read_order(["a.py", "--rng", "spinnaker", "5"]) == Order(
        ["a.py", "5"], None, "spinnaker"
    )
    assert read_order(["--rng=spinnaker", "a.py"]).rng == "spinnaker"


@pytest.mark.parametrize(
    "words", [[], ["--html"], ["--wrong", "a.py"], ["a.py", "--rng", "wrong"], ["a.py", "--rng"]]
)
def test_wrong_use_is_an_error(words: list[str]) -> None:
    with pytest.raises(SpinnlabError, match="usage: spinnlab verify"):
        read_order(words)


def test_the_page_shows_the_verdict_and_escapes_labels(tmp_path: Path) -> None:
    values = np.full((100, 3), -65 * ONE)
    other = values.copy()
    other[7, 2] += 1
    ours = captured({"v": values, "spikes": poisson(0.05, 1)})
    theirs = captured({"v": other, "spikes": poisson(0.05, 2)})
    for one in (ours, theirs):
        one.description["populations"][0]["label"] = "<b>cells</b>"
    page = tmp_path / "page.html"
    report.write(page, "a & b.py", compare.compare(ours, theirs), ours, theirs)
    text = page.read_text(encoding="utf-8")
    assert "Native and original differ" in text
    assert "neuron 12, step 14 (7 ms)" in text
    assert "<b>cells" not in text
    assert "a &amp; b.py" in text
    assert text.count("<svg") == 2
    # Of the neurons those that differ come first, and the first difference is marked.
    assert "neurons 12, 10, 11" in text
    assert text.count(report.DIFFERENCE) >= 3


UNEQUAL = """
import sys
import pyNN.spiNNaker as sim
sim.setup(timestep=1.0)
source = sim.Population(8, sim.SpikeSourceArray(spike_times=[5, 40]), label="stimulus")
cells = sim.Population(8, sim.IF_cond_exp(), label="cells")
more = 0.0 if "spinnlab_original" in sys.modules else 0.001
rows = [(i, i, 0.3 + (more if i == 3 else 0), 1 + i) for i in range(8)]
sim.Projection(source, cells, sim.FromListConnector(rows), label="drive")
cells[2:6].record("gsyn_exc", sampling_interval=2.0)
cells.record("spikes")
sim.run(60)
sim.end()
"""
RANDOM = """
import pyNN.spiNNaker as sim
from pyNN.random import RandomDistribution
sim.setup(timestep=1.0)
noise = sim.Population(60, sim.SpikeSourcePoisson(rate=50), label="noise")
cells = sim.Population(60, sim.IF_curr_exp(), label="cells")
weight = RandomDistribution("normal", mu=1.2, sigma=0.2)
sim.Projection(
    noise, cells, sim.FixedProbabilityConnector(0.2), sim.StaticSynapse(weight=weight, delay=2)
)
cells.record(["spikes", "v"])
sim.run(300)
"""
# Connectors that the original's host makes, without chance in them.
HOST_MADE = """
import csa
import numpy as np
import pyNN.spiNNaker as sim
from pyNN.space import Line, Space
sim.setup(timestep=1.0)
rng = np.random.default_rng(4)
line = {"structure": Line(dx=1.0)}
trains = [np.flatnonzero(rng.random(60) < 0.3).astype(float).tolist() for _ in range(40)]
source = sim.Population(40, sim.SpikeSourceArray(spike_times=trains), label="source", **line)
connectors = {
    "array": sim.ArrayConnector((rng.random((40, 40)) < 0.4).astype(int)),
    "near": sim.DistanceDependentProbabilityConnector("d < 6"),
    "index": sim.IndexBasedProbabilityConnector("(i + j) % 3 == 0"),
    "small world": sim.SmallWorldConnector(4.0, 0.0),
    "algebra": sim.CSAConnector(csa.full - csa.oneToOne),
}
for name, connector in connectors.items():
    for weight in (0.3, 0.11):
        cells = sim.Population(40, sim.IF_curr_exp(), label=f"{name} {weight}", **line)
        synapse = sim.StaticSynapse(weight=weight, delay=2.0)
        sim.Projection(source, cells, connector, synapse, space=Space(), label=f"to {name}")
        cells.record(["spikes", "v", "gsyn_exc"])
sim.run(80)
"""


def verify(name: str, script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / name).write_text(script)
    return subprocess.run(
        [str(SPINNLAB), "verify", name, "--html"],
        cwd=folder,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@needs_boards
@pytest.mark.original
def test_a_script_that_behaves_differently_is_found_out(tmp_path: Path) -> None:
    done = verify("unequal.py", UNEQUAL, tmp_path)
    assert done.returncode == 1, done.stderr[-3000:]
    weights, samples = [
        line for line in done.stdout.splitlines() if line.startswith("first difference in ")
    ]
    # What was written into the script comes back within a step of the weights' scale.
    found = re.search(
        r"projection 0 drive, .* native 3 -> 3 weight ([\d.]+) .* original 3 -> 3 weight ([\d.]+) ",
        weights,
    )
    assert found, weights
    assert 0 < float(found[1]) - float(found[2]) < 0.002
    # Neuron 3's spike of 5 ms arrives after 4 steps; every second step is recorded.
    assert "cells, gsyn_exc, neuron 3, step 10 (10 ms): native " in samples
    assert "equal    cells, spikes: " in done.stdout
    assert "step 10 (10 ms)" in (tmp_path / "unequal.html").read_text(encoding="utf-8")


@needs_boards
@pytest.mark.original
def test_connectors_of_the_originals_host_agree_in_every_bit(tmp_path: Path) -> None:
    """Their weight scales follow from its estimates, not from the connections."""
    done = verify("host_made.py", HOST_MADE, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "agree, compared bit for bit" in done.stdout
    assert done.stdout.count("equal    ") == 10 + 3 * 10, done.stdout


@needs_boards
@pytest.mark.original
def test_a_random_script_is_compared_by_distribution(tmp_path: Path) -> None:
    done = verify("random_net.py", RANDOM, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "agree, compared by distribution" in done.stdout
    for what in ("synapses", "weights"):
        assert f"alike    projection 0 noise→cells, {what}: " in done.stdout
    # All delays are two steps: nothing is drawn there.
    assert "native 2 ± 0, original 2 ± 0" in done.stdout
    assert "random   population noise: SpikeSourcePoisson" in done.stdout


@needs_boards
def test_a_script_that_fails_is_no_verdict(tmp_path: Path) -> None:
    done = verify("fails.py", RANDOM.replace("sim.run(300)", "raise ValueError(7)"), tmp_path)
    assert done.returncode == 1
    assert "The script failed natively" in done.stderr
    assert "ValueError: 7" in done.stderr
    assert "agree" not in done.stdout


def test_every_simulation_of_a_script_is_compared(tmp_path: Path) -> None:
    def script(last: int, simulations: int = 2) -> Captured:
        file = tmp_path / "capture.npz"
        spikes = np.array([[3, 1], [5, 2]])
        first = captured({"spikes": spikes})
        later = [
            captured({"spikes": spikes}).description
            | {"prefix": f"simulation {n}, ", "timestep_ms": 1.0}
            for n in range(2, simulations + 1)
        ]
        for one in later:
            one["populations"][0]["data"][0]["array"] = "s2_spikes"
        arrays: dict[str, Any] = first.arrays | {"s2_spikes": np.array([[3, 1], [last, 2]])}
        text = json.dumps(first.description | {"later": later})
        np.savez_compressed(file, description=text, **arrays)
        return compare.load(file)

    equal = compare.compare(script(5), script(5))
    assert equal.agree
    assert [finding.what for finding in equal.findings] == [
        "cells, spikes", "simulation 2, cells, spikes"]  # fmt: skip
    unequal = compare.compare(script(5), script(7))
    assert [finding.different for finding in unequal.findings] == [0, 2]
    assert unequal.firsts[0].detail == "neuron 2, step 5 (5 ms): only the native way fires"
    missing = compare.compare(script(5), script(5, simulations=1))
    assert missing.firsts[0].detail == "native has 2, original 1"
    report.write(tmp_path / "page.html", "twice.py", unequal, script(5), script(7))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert "<h3>simulation 2, cells, spikes</h3>" in page


def test_what_was_not_compared_is_said(tmp_path: Path) -> None:
    ours, theirs = (captured({"spikes": poisson(0.1, 1), "c0": synapses(1, 2)}) for _ in range(2))
    theirs.description["projections"][0] = {"label": "drive", "nothing": "no <rows>\nhere"}
    verdict = compare.compare(ours, theirs)
    assert verdict.agree
    assert verdict.left_out == ["projection 0 drive: on the original no <rows>"]
    report.write(tmp_path / "page.html", "a.py", verdict, ours, theirs)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Not compared:" in page
    assert "no &lt;rows&gt;" in page


TWICE = """
import pyNN.spiNNaker as sim

for amplitude, step in ((1.0, 1.0), (2.0, 0.5)):
    sim.setup(timestep=step)
    cells = sim.Population(3, sim.IF_curr_exp(i_offset=amplitude), label="cells")
    other = sim.Population(2, sim.IF_curr_exp(i_offset=amplitude), label="other")
    sim.Projection(cells, other, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0))
    cells.record(["v", "spikes"])
    sim.run(30)
    assert len(cells.get_data("v", clear=True).segments[0].analogsignals[0]) == 30 / step
    sim.run(20)
    if amplitude == 1.0:
        sim.end()
"""


@needs_boards
def test_the_capture_has_every_simulation_and_what_was_cleared(tmp_path: Path) -> None:
    (tmp_path / "twice.py").write_text(TWICE)
    file = tmp_path / "out.npz"
    subprocess.run(
        [str(native_python()), "-m", "spinnlab.verify.capture", str(file), "twice.py"],
        cwd=tmp_path, check=True, timeout=60,
    )  # fmt: skip
    first, second = compare.load(file).simulations
    assert (first.run_ms, second.run_ms) == (50.0, 50.0)
    assert (first.timestep_ms, second.timestep_ms) == (1.0, 0.5)
    for one, samples in ((first, (30, 20)), (second, (60, 40))):
        titles = {stream.title: stream for stream in one.streams().values()}
        assert set(titles) == {
            f"{one.prefix}cells, {what}" for what in ("v, cleared 1", "v", "spikes")
        }
        lengths = [len(titles[f"{one.prefix}cells, v{end}"].values) for end in (", cleared 1", "")]
        assert tuple(lengths) == samples
        assert titles[f"{one.prefix}cells, v"].first_step == samples[0]
        assert len(one.connections()[0][1]) == 2


@needs_boards
@pytest.mark.original
def test_two_simulations_with_cleared_data_agree_in_every_bit(tmp_path: Path) -> None:
    done = verify("twice.py", TWICE, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    for prefix, number in (("", 90), ("simulation 2, ", 180)):
        assert f"equal    {prefix}cells, v, cleared 1: {number} compared" in done.stdout
    assert "agree, compared bit for bit" in done.stdout


def test_captures_are_read_back(tmp_path: Path) -> None:
    file = tmp_path / "capture.npz"
    one = captured({"spikes": poisson(0.1, 3)})
    arrays: dict[str, Any] = one.arrays
    np.savez_compressed(file, description=json.dumps(one.description), **arrays)
    assert compare.compare(compare.load(file), one).agree
    np.savez_compressed(file, description=json.dumps({"populations": [], "projections": []}))
    with pytest.raises(SpinnlabError, match="made no population"):
        compare.load(file)
