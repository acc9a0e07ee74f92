# SPDX-License-Identifier: Apache-2.0
"""Packets reach the cores that the original sends them to, and no others.

`tests/golden/mapping-7.4.1/packets.json` has what sPyNNaker 7.4.1 counted on emulated boards for
the network below: one-to-one, the same over delay stages, a list, and views, each over four cores.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyNN.spiNNaker as sim

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden" / "mapping-7.4.1"


def build() -> list[Any]:
    sim.setup(timestep=1.0)
    sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 64)
    sim.set_number_of_neurons_per_core(sim.SpikeSourceArray, 50)
    times = [[(7 * i + 13 * k) % 60 for k in range(5)] for i in range(200)]
    source = sim.Population(
        200, sim.SpikeSourceArray(spike_times=[sorted(set(t)) for t in times]), label="source"
    )
    a, b, c = (sim.Population(200, sim.IF_curr_exp(), label=label) for label in "abc")
    one_to_one = sim.OneToOneConnector()
    sim.Projection(source, a, one_to_one, sim.StaticSynapse(weight=3.0, delay=3.0))
    sim.Projection(source, b, one_to_one, sim.StaticSynapse(weight=3.0, delay=150.0))
    some = [(k % 60, 100 + 37 * k % 100, 2.0, 1.0 + k % 9) for k in range(80)]
    sim.Projection(source, c, sim.FromListConnector(some), sim.StaticSynapse())
    sim.Projection(a[30:90], b[100:160], one_to_one, sim.StaticSynapse(weight=2.0, delay=2.0))
    for population in (a, b, c):
        population.record(["spikes", "packets-per-timestep"])
    return [a, b, c]


def counts(populations: list[Any]) -> dict[str, list[list[int]]]:
    """Of each population the samples that are not 0: [step, core, packets]."""
    found = {}
    for population in populations:
        signal = population.get_data("packets-per-timestep").segments[0].analogsignals[0]
        samples = np.asarray(signal).astype(int)
        found[population.label] = [
            [int(step), int(core), int(samples[step, core])]
            for step, core in zip(*np.nonzero(samples), strict=True)
        ]
    return found


def test_packets_of_every_step_and_core() -> None:
    populations = build()
    sim.run(250)
    golden = json.loads((GOLDEN / "packets.json").read_text())["packets"]
    found = counts(populations)
    sim.end()
    assert {label: len(rows) for label, rows in golden.items()} == {"a": 240, "b": 496, "c": 180}
    assert found == golden
