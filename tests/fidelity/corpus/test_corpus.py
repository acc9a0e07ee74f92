# SPDX-License-Identifier: Apache-2.0
"""The generated networks agree with the original's binaries in every bit.

Two groups of them run with the other tests; `SPINNLAB_SLOW=1` (`make verify`) runs all 200.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
spec = importlib.util.spec_from_file_location("generate", HERE / "generate.py")
assert spec and spec.loader
generate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generate)

#: Networks in one run of the original.
GROUP = 20
#: First network and number of them: all models, long delays, two cores.
QUICK = [(0, 5), (9, 5)]
GROUPS = (
    [(first, GROUP) for first in range(0, 200, GROUP)] if "SPINNLAB_SLOW" in os.environ else QUICK
)


#: Delay cores of several stages behind several cores of sources, the last one smaller: where the
#: original misfiles rows, on its machine and on its host.
MISFILED = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
sim.set_number_of_neurons_per_core(sim.SpikeSourceArray, 20)
sources = sim.Population(50, sim.SpikeSourceArray([[float(i % 7) + 1] for i in range(50)]))
near = [(i, i % 30, 0.5, 200.0) for i in range(50)]
mixed = [(i, i % 30, 0.5, 70.0 + 40 * (i % 4)) for i in range(50)]
for label, connector, delay in (
    ("all", sim.AllToAllConnector(), 200.0),
    ("one stage", sim.AllToAllConnector(), 100.0),
    ("one to one", sim.OneToOneConnector(), 190.0),
    ("list", sim.FromListConnector(near), None),
    ("mixed list", sim.FromListConnector(mixed), None),
):
    targets = sim.Population(100, sim.IF_curr_exp(), label=label)
    synapse = sim.StaticSynapse(weight=0.01, **({} if delay is None else {"delay": delay}))
    sim.Projection(sources, targets, connector, synapse, label=label)
    targets.record(["v", "gsyn_exc", "spikes"])
sim.run(290)
sim.end()
"""

#: Scales of weights of 32768 to 524288: the original's machine cuts those above for this connector.
SHORT_SCALES = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
for weight in (0.05, 0.1, 0.3, 0.45, 0.6, 1.5):
    source = sim.Population(1, sim.SpikeSourceArray([5.0, 9.0]), label=f"source of {weight}")
    targets = sim.Population(3, sim.IF_cond_exp(), label=f"hears {weight}")
    connector = sim.FixedNumberPostConnector(3, with_replacement=False)
    synapse = sim.StaticSynapse(weight=weight, delay=1.0)
    sim.Projection(source, targets, connector, synapse, label=f"with {weight}")
    targets.record(["v", "gsyn_exc"])
sim.run(30)
sim.end()
"""


def agreeing(text: str, tmp_path: Path) -> int:
    """Runs a script both ways; how many values were compared, all of which must be equal."""
    script = tmp_path / "network.py"
    script.write_text(text)
    programs = os.environ.get("SPINNLAB_BIN", str(ROOT / "build" / "release" / "bin"))
    done = subprocess.run(
        [str(ROOT / ".venv/bin/spinnlab"), "verify", script.name],
        cwd=tmp_path,
        env=os.environ | {"SPINNLAB_BIN": programs},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "agree, compared bit for bit" in done.stdout
    return sum(
        int(line.split(": ")[1].split()[0].replace(",", ""))
        for line in done.stdout.splitlines()
        if line.startswith("equal")
    )


@pytest.mark.original
def test_misfiled_delays_agree(tmp_path: Path) -> None:
    assert agreeing(MISFILED, tmp_path) > 200_000


@pytest.mark.original
def test_weights_with_a_scale_that_is_cut_agree(tmp_path: Path) -> None:
    assert agreeing(SHORT_SCALES, tmp_path) > 6 * 3 * 2 * 30


@pytest.mark.original
@pytest.mark.parametrize(("first", "count"), GROUPS)
def test_native_and_original_agree(first: int, count: int, tmp_path: Path) -> None:
    assert agreeing(generate.script(first, count), tmp_path) > 1000 * count
