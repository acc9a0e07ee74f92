# SPDX-License-Identifier: Apache-2.0
"""A run can be stopped at any time, and a killed process leaves what it recorded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pyNN.spiNNaker as sim
import pytest

#: A stop is promised within half a second; a busy computer gets five times that.
MOST_S = 5 * 0.5


def script(tmp_path: Path, text: str) -> subprocess.Popen[str]:
    """Starts a script whose output is read line by line."""
    file = tmp_path / "script.py"
    file.write_text(textwrap.dedent(text))
    return subprocess.Popen(
        [sys.executable, "-u", str(file)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        # A shell lets what it starts in the background ignore Ctrl-C, and so all that these start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_ctrl_c_ends_a_run_which_goes_on_from_there(tmp_path: Path) -> None:
    process = script(
        tmp_path,
        """
        import time
        import pyNN.spiNNaker as sim
        sim.setup(1.0)
        cells = sim.Population(500, sim.IF_curr_exp(i_offset=2.0), label="cells")
        cells[:2].record("spikes")
        print("running")
        try:
            sim.run(1e7)
        except KeyboardInterrupt as stop:
            print(repr(time.monotonic()))
            print(stop)
        stopped = sim.get_current_time()
        before = cells[:2].get_data("spikes").segments[0].spiketrains[0]
        print(stopped, float(before[-1]))
        sim.run(1000)
        print(sim.get_current_time())
        after = cells[:2].get_data("spikes").segments[0].spiketrains[0]
        same = bool((after[: len(before)] == before).all())
        print(len(after) > len(before), float(after[-1]), same)
        """,
    )
    assert line(process) == "running"
    time.sleep(0.7)
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    took = float(line(process)) - sent
    assert took < MOST_S
    print(f"stopped {took:.2f} s after Ctrl-C")
    said = line(process)
    assert "of 10,000,000 ms. What was recorded up to there is kept" in said
    assert "run() goes on from there" in said
    stopped, last = (float(word) for word in line(process).split())
    assert 0 < stopped < 1e7
    assert stopped - 100 < last < stopped
    assert float(line(process)) == stopped + 1000
    grown, last, same = line(process).split()
    assert (grown, same) == ("True", "True")
    assert float(last) > stopped
    assert process.wait(30) == 0


def test_ctrl_c_ends_the_loading_of_a_large_network(tmp_path: Path) -> None:
    process = script(
        tmp_path,
        """
        import time
        import pyNN.spiNNaker as sim
        sim.setup(1.0)
        a = sim.Population(30000, sim.IF_curr_exp(), label="a")
        many = sim.FixedProbabilityConnector(0.1)
        sim.Projection(a, a, many, sim.StaticSynapse(weight=0.01))
        print("loading")
        try:
            sim.run(10)
            print("loaded too fast")
        except KeyboardInterrupt:
            print(repr(time.monotonic()))
        """,
    )
    assert line(process) == "loading"
    time.sleep(1.0)
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    answer = line(process)
    if answer == "loaded too fast":
        pytest.skip("this computer loads 90 million synapses within a second")
    assert float(answer) - sent < MOST_S
    assert process.wait(30) == 0


def test_a_killed_run_leaves_its_recordings(tmp_path: Path) -> None:
    process = script(
        tmp_path,
        """
        import pyNN.spiNNaker as sim
        sim.setup(1.0)
        cells = sim.Population(20, sim.IF_curr_exp(i_offset=2.0), label="cells")
        cells.record(["spikes", "v"])
        sim.run(20)
        print("running")
        for _ in range(10**9):
            sim.run(50)
            print(sim.get_current_time())
        """,
    )
    assert line(process) == "running"
    reached = 0.0
    began = time.monotonic()
    while time.monotonic() - began < 1.0:
        reached = float(line(process))
    process.kill()
    process.wait(30)
    (run,) = sim.runs()
    data = run.get_data("cells")
    steps, neurons = data["spikes"]
    sample_steps, values = data["v"]
    # Everything that the script had heard of is there.
    assert sample_steps[-1] >= reached - 1
    assert values.shape == (len(sample_steps), 20)
    assert np.array_equal(sample_steps, np.arange(len(sample_steps)))
    assert reached - 50 < steps[-1] <= sample_steps[-1]  # no step that was half written
    assert set(neurons) == set(range(20))
    # The same script, undisturbed, records the same.
    sim.setup(1.0)
    cells = sim.Population(20, sim.IF_curr_exp(i_offset=2.0), label="cells")
    cells.record(["spikes", "v"])
    sim.run(200)
    v = cells.get_data("v").segments[0].filter(name="v")[0].magnitude
    assert np.array_equal(values[:200], v)


def test_a_process_that_ends_by_itself_leaves_nothing(tmp_path: Path) -> None:
    process = script(
        tmp_path,
        """
        import pyNN.spiNNaker as sim
        sim.setup(1.0)
        cells = sim.Population(3, sim.IF_curr_exp(), label="cells")
        cells.record("v")
        sim.run(20)
        print(len(sim.runs()))
        """,
    )
    assert line(process) == "1"
    assert process.wait(30) == 0
    assert not list(Path(os.environ["SPINNLAB_RUNS"]).iterdir())
