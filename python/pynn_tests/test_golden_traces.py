# SPDX-License-Identifier: Apache-2.0
"""Traces of the published binaries, and older ones that their authors recorded, sample by sample.

`tests/golden/original-7.4.1` in profile "7" with faithful=True (its quirks are in the traces),
`tests/golden/recorded` in profile "6". Samples are integers in units of 2^-15.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyNN.spiNNaker as sim
import pytest

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
ORIGINAL = GOLDEN / "original-7.4.1"


def table(path: Path, header_lines: int = 0) -> Any:
    return np.loadtxt(path, delimiter=",", ndmin=2, skiprows=header_lines)


def stored(name: str) -> Any:
    """A table of the published binaries' traces, below its headings."""
    return table(ORIGINAL / f"{name}.csv", header_lines=1)


def stored_samples(name: str) -> Any:
    """Steps x neurons; the first column says the step."""
    return stored(name)[:, 1:]


def samples(population: Any, name: str) -> Any:
    signal = population.get_data(name).segments[0].filter(name=name)[0]
    return np.rint(np.asarray(signal.magnitude) * 32768).astype(np.int64)


def spikes(population: Any) -> list[tuple[int, int]]:
    """(step, neuron), rising."""
    trains = population.get_data("spikes").segments[0].spiketrains
    return sorted((round(float(t)), i) for i, train in enumerate(trains) for t in train.magnitude)


def stored_spikes(name: str) -> list[tuple[int, int]]:
    return sorted((int(step), int(neuron)) for step, neuron in stored(name))


def ring_of_20() -> Any:
    cell = {"cm": 0.25, "tau_m": 20.0, "tau_refrac": 2.0, "tau_syn_E": 5.0, "tau_syn_I": 5.0}
    ring = sim.Population(
        20, sim.IF_curr_exp(v_reset=-70.0, v_rest=-65.0, v_thresh=-50.0, **cell), label="ring"
    )
    ring.initialize(v=-65.0)
    stimulus = sim.Population(1, sim.SpikeSourceArray([[0]]), label="stimulus")
    links = [(i, (i + 1) % 20, 2.0, 1.0) for i in range(20)]
    sim.Projection(ring, ring, sim.FromListConnector(links), sim.StaticSynapse())
    sim.Projection(stimulus, ring, sim.FromListConnector([(0, 0, 2.0, 1.0)]), sim.StaticSynapse())
    ring.record(["spikes", "v", "gsyn_exc"])
    return ring


def test_ring_of_20_in_profile_7() -> None:
    sim.setup(timestep=1.0, faithful=True)
    ring = ring_of_20()
    sim.run(100)
    assert spikes(ring) == stored_spikes("ring20_spikes")
    for name in ("v", "gsyn_exc"):
        assert np.array_equal(samples(ring, name), stored_samples(f"ring20_{name}"))


def recorded(name: str) -> Any:
    """Rows of (neuron, time, value) as a matrix of steps x neurons."""
    rows = table(GOLDEN / "recorded" / f"20_1_{name}.csv")
    matrix = np.full((100, 20), np.nan)
    matrix[rows[:, 1].astype(int), rows[:, 0].astype(int)] = rows[:, 2]
    return matrix


def test_ring_of_20_in_profile_6() -> None:
    sim.setup(timestep=1.0, profile="6")
    ring = ring_of_20()
    sim.run(100)
    rows = table(GOLDEN / "recorded" / "20_1_spikes.csv")
    assert len(rows) == 33
    assert spikes(ring) == sorted((int(time), int(neuron)) for neuron, time in rows)
    for ours, theirs in (("v", "v"), ("gsyn_exc", "gsyn")):
        # Written with a few decimals: equal when the same integer is the nearest.
        difference = samples(ring, ours) / 32768 - recorded(theirs)
        assert np.count_nonzero(~(np.abs(difference) < 0.5 / 32768)) == 0, ours


MODELS = json.loads((ORIGINAL / "models.json").read_text())


@pytest.mark.parametrize("name", MODELS["models"])
def test_neuron_model(name: str) -> None:
    model = MODELS["models"][name]
    n = MODELS["neurons"]
    sim.setup(timestep=MODELS["timestep_ms"], faithful=True)
    cell = getattr(sim, name, None) or getattr(sim.extra_models, name)
    population = sim.Population(n, cell(**model["params"]), label=name, seed=1234)
    population.set(**model["per_neuron"])
    population.initialize(**model["initial"])
    excite = sim.Population(1, sim.SpikeSourceArray([MODELS["exc_spike_steps"]]))
    inhibit = sim.Population(1, sim.SpikeSourceArray([MODELS["inh_spike_steps"]]))
    for source, receptor, weights, delay in (
        (excite, "excitatory", model["exc_weights"], MODELS["exc_delay"]),
        (inhibit, "inhibitory", model["inh_weights"], MODELS["inh_delay"]),
        (inhibit, "excitatory2", model["exc2_weights"], MODELS["exc2_delay"]),
    ):
        if weights is None:
            continue
        links = [(0, i, weight, delay) for i, weight in enumerate(weights)]
        connector = sim.FromListConnector(links)
        sim.Projection(source, population, connector, sim.StaticSynapse(), receptor_type=receptor)
    population.record(["v", "gsyn_exc", "gsyn_inh", "spikes"])
    sim.run(MODELS["steps"])
    assert spikes(population) == stored_spikes(f"{name}_spikes")
    for variable in ("v", "gsyn_exc", "gsyn_inh"):
        wanted = stored_samples(f"{name}_{variable}")
        different = np.count_nonzero(samples(population, variable) != wanted)
        assert different == 0, f"{different} samples of {variable} differ"


def test_delays_of_1_to_100_steps_on_three_cores() -> None:
    n = 120
    sim.setup(timestep=1.0, faithful=True)
    ring = sim.Population(n, sim.IF_curr_exp(tau_refrac=2.0), label="ring")
    ring.set_max_atoms_per_core(50)
    ring.initialize(v=-65.0)
    stimulus = sim.Population(3, sim.SpikeSourceArray([[0], [40], [77]]))
    starts = sim.FromListConnector([(0, 0), (1, 50), (2, 119)])
    sim.Projection(stimulus, ring, starts, sim.StaticSynapse(weight=30.0, delay=1))
    links = [
        (i, (i + k) % n, 30.0 if k == 1 else 4.0, float(1 + (i * 7 + k * 31) % 100))
        for i in range(n)
        for k in (1, 37)
    ]
    sim.Projection(ring, ring, sim.FromListConnector(links), sim.StaticSynapse())
    ring.record(["spikes", "v"])
    sim.run(800)
    assert len(spikes(ring)) == 15475
    assert spikes(ring) == stored_spikes("delay_ring_spikes")
    first = stored_samples("delay_ring_v_first10")
    assert np.array_equal(samples(ring, "v")[:, :10], first)
