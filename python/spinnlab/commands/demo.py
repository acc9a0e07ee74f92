# SPDX-License-Identifier: Apache-2.0
"""`spinnlab demo`: executes the synfire notebook without a browser and checks what came out."""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spinnlab import kernels
from spinnlab.errors import SpinnlabError
from spinnlab.programs import examples_folder, find_program, original_python

NOTEBOOK = "SynfireExample.ipynb"
#: The network of the notebook: populations, neurons in each, model time in ms.
POPULATIONS, NEURONS, DURATION_MS = 10, 100, 1000
#: A volley starts 7 ms after the stimulus and moves on every 23 ms (17 ms delay, 6 ms rise).
FIRST_MS, HOP_MS = 7, 23

#: Asked of the kernel after the last cell: each neuron's spike times, and the stages' wall times.
QUESTION = """
import json as _json
from spinnlab_original.wraps import stages as _stages
print(_json.dumps({
    "spikes_ms": [[[float(t) for t in train] for train in trains] for trains in spikes],
    "stages_s": _stages.seconds(),
}))
"""


@dataclass(frozen=True)
class Outcome:
    """What an executed synfire notebook holds: spike times, wall times, the picture as PNG."""

    spikes_ms: list[list[list[float]]]
    stages_s: dict[str, float]
    picture: bytes

    @property
    def spike_count(self) -> int:
        return sum(len(train) for population in self.spikes_ms for train in population)

    def volleys_ms(self, population: int) -> list[float]:
        """The distinct times at which neurons of the population fired."""
        return sorted({t for train in self.spikes_ms[population] for t in train})


def expected_ms(population: int) -> list[float]:
    """When every neuron of the population must fire: 7 + 23 (10 m + k) ms in lap m."""
    lap_ms = HOP_MS * POPULATIONS
    return [float(t) for t in range(FIRST_MS + HOP_MS * population, DURATION_MS, lap_ms)]


def differences(outcome: Outcome) -> list[str]:
    """One line for each population whose spikes are not exactly what theory says."""
    wrong = []
    if len(outcome.spikes_ms) != POPULATIONS:
        wrong.append(f"{len(outcome.spikes_ms)} populations instead of {POPULATIONS}")
    for k, population in enumerate(outcome.spikes_ms):
        if len(population) != NEURONS:
            wrong.append(f"population {k}: {len(population)} neurons instead of {NEURONS}")
        bad = [n for n, train in enumerate(population) if train != expected_ms(k)]
        if bad:
            shown = f"neuron {bad[0]} fired at {population[bad[0]]}, expected {expected_ms(k)}"
            wrong.append(f"population {k}: {len(bad)} neurons differ; {shown}")
    return wrong


def execute(notebook: Path, folder: Path, result: Path) -> Outcome:
    """Executes `notebook` through the kernel it names, working in `folder`; saves it as `result`.

    Raises SpinnlabError with the failing cell's error.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    document = nbformat.read(notebook, as_version=4)
    question = nbformat.v4.new_code_cell(QUESTION)
    document.cells.append(question)
    client = NotebookClient(document, timeout=600, resources={"metadata": {"path": str(folder)}})
    try:
        client.execute()
    except CellExecutionError as error:
        raise SpinnlabError(f"A cell of {notebook.name} failed:\n{error}") from error
    document.cells.pop()
    nbformat.write(document, result)
    said = "".join(o.text for o in question.outputs if o.get("name") == "stdout")
    answer = json.loads(said)
    return Outcome(answer["spikes_ms"], answer["stages_s"], _last_picture(document.cells))


def _last_picture(cells: list[Any]) -> bytes:
    for cell in reversed(cells):
        for output in reversed(cell.get("outputs", [])):
            if "image/png" in output.get("data", {}):
                return base64.b64decode(output["data"]["image/png"])
    raise SpinnlabError(f"No cell of {NOTEBOOK} drew a picture.")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "demo", help="execute the synfire notebook without a browser and check its spikes"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out"), help="folder for the picture (default: out)"
    )
    parser.set_defaults(run=main)


def main(arguments: argparse.Namespace) -> int:
    """Exit code 0 when every spike is where it must be, else 1."""
    began = time.perf_counter()
    find_program("spallocd")
    kernels.register(
        Path(sys.prefix), kernels.SPYNNAKER_741, kernels.original_specification(original_python())
    )
    out = arguments.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    print(f"Executing {NOTEBOOK} with the kernel sPyNNaker 7.4.1 ...", flush=True)
    outcome = execute(examples_folder() / NOTEBOOK, out, out / NOTEBOOK)
    picture = out / "synfire.png"
    picture.write_bytes(outcome.picture)
    whole_s = time.perf_counter() - began
    wrong = differences(outcome)
    for text in wrong:
        print(f"WRONG: {text}")
    print(f"spikes:        {outcome.spike_count:,}")
    for k in range(min(3, len(outcome.spikes_ms))):
        times = ", ".join(f"{t:g}" for t in outcome.volleys_ms(k))
        print(f"population {k}:  volleys at {times} ms")
    stages = ", ".join(f"{name} {s:.1f} s" for name, s in outcome.stages_s.items())
    print(f"wall time:     {stages}, whole {whole_s:.1f} s")
    print(f"picture:       {picture}")
    return 1 if wrong else 0
