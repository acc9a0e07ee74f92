# SPDX-License-Identifier: Apache-2.0
"""The host's fixed sleeps: shorter on our machine, the same results, real time where it counts."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORIGINAL = ROOT / ".envs" / "original-7.4.1" / "bin" / "python"

needs_boards = pytest.mark.skipif(not ORIGINAL.exists(), reason="no environment (make deps)")

#: Counts what the published packages sleep, before anything of theirs is imported.
COUNT_SLEEPS = """
import time, threading
_sleep, slept = time.sleep, [0.0]
def counted(seconds):
    if threading.current_thread() is threading.main_thread():
        slept[0] += seconds
    _sleep(seconds)
time.sleep = counted
"""

NETWORK = (
    COUNT_SLEEPS
    + """
import hashlib, json
import pyNN.spiNNaker as sim
sim.setup(timestep=1.0)
noise = sim.Population(80, sim.SpikeSourcePoisson(rate=40.0), seed=3)
cells = sim.Population(120, sim.IF_curr_exp(), seed=4)
sim.Projection(noise, cells, sim.FixedProbabilityConnector(0.2),
               sim.StaticSynapse(weight=1.5, delay=2))
sim.Projection(cells, cells, sim.FixedProbabilityConnector(0.05),
               sim.STDPMechanism(
                   timing_dependence=sim.SpikePairRule(A_plus=0.01, A_minus=0.01),
                   weight_dependence=sim.AdditiveWeightDependence(w_min=0, w_max=1),
                   weight=0.3, delay=3))
noise.record("spikes")
cells.record(["spikes", "v"])
sim.run(800)
sim.run(700)
digest, spikes = hashlib.sha256(), 0
for population in (noise, cells):
    segment = population.get_data().segments[0]
    for train in segment.spiketrains:
        digest.update(train.magnitude.tobytes())
        spikes += len(train)
    for signal in segment.analogsignals:
        digest.update(signal.magnitude.tobytes())
sim.end()
print("RESULT", json.dumps([spikes, digest.hexdigest(), slept[0]]))
"""
)

LIVE = (
    COUNT_SLEEPS
    + """
import json
import pyNN.spiNNaker as sim
arrived = []
connection = sim.external_devices.SpynnakerLiveSpikesConnection(
    receive_labels=["source"], local_port=None)
connection.add_receive_callback("source", lambda label, time, ids: arrived.extend(ids))
sim.setup(timestep=1.0)
source = sim.Population(
    4, sim.SpikeSourceArray([[100, 400], [200], [300], [1400]]), label="source")
sim.external_devices.activate_live_output_for(
    source, database_notify_port_num=connection.local_port)
sim.run(1500)
sim.end()
print("RESULT", json.dumps([len(arrived), slept[0]]))
"""
)

FAST = """
import json, time
from spinnlab_original.wraps import waits
slept = []
clock = [0.0]
def sleep(seconds):
    slept.append(seconds)
    clock[0] += seconds
waits.time = type("Time", (), {"sleep": staticmethod(sleep),
                               "monotonic": staticmethod(lambda: clock[0])})
waits._sleep_until(lambda: False, 20.0)
full = [sum(slept), min(slept[:-1]), max(slept), len(slept)]
slept.clear()
clock[0] = 0.0
waits._sleep_until(lambda: clock[0] >= 0.7, 20.0)
print("RESULT", json.dumps([full, sum(slept)]))
"""


def result(script: str, folder: Path, **variables: str) -> Any:
    path = folder / "script.py"
    path.write_text(script)
    words = [str(ORIGINAL), "-m", "spinnlab_original.run", str(path)]
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = [text for text in done.stdout.splitlines() if text.startswith("RESULT ")]
    return json.loads(line.removeprefix("RESULT "))


@needs_boards
def test_results_are_the_same_and_the_host_sleeps_less(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "bare").mkdir()
    spikes, digest, slept_s = result(NETWORK, tmp_path / "ours")
    bare_spikes, bare_digest, bare_slept_s = result(
        NETWORK, tmp_path / "bare", SPINNLAB_ORIGINAL_BARE="1"
    )
    assert spikes > 1000
    assert (spikes, digest) == (bare_spikes, bare_digest)
    # Two system programs of 0.5 s, and two runs with 0.1 s of safety each.
    assert bare_slept_s >= 2 * 0.5 + 0.8 + 0.7 + 2 * 0.1
    assert slept_s < bare_slept_s - 1.0


@needs_boards
def test_live_output_keeps_real_time(tmp_path: Path) -> None:
    arrived, slept_s = result(LIVE, tmp_path)
    assert arrived == 5
    assert slept_s >= 1.5 + 0.1


@needs_boards
def test_a_wait_ends_with_its_reason_and_is_never_longer_than_asked(tmp_path: Path) -> None:
    (total_s, shortest_s, longest_s, pauses), early_s = result(FAST, tmp_path)
    assert total_s == pytest.approx(20.0)
    assert shortest_s > 0.003
    assert longest_s <= 0.1
    assert pauses < 320
    assert 0.7 <= early_s < 0.75
