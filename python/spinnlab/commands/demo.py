# SPDX-License-Identifier: Apache-2.0
"""`spinnlab demo`: executes the synfire notebook natively and on the original, and compares.

Every spike is held against theory, and the two ways against each other.
"""

from __future__ import annotations

import argparse
import base64
import importlib.util
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spinnlab import kernels
from spinnlab.errors import SpinnlabError
from spinnlab.programs import examples_folder, find_program

NOTEBOOK = "SynfireExample.ipynb"
#: The network of the notebook: populations, neurons in each, model time in ms.
POPULATIONS, NEURONS, DURATION_MS = 10, 100, 1000
#: A volley starts 7 ms after the stimulus and moves on every 23 ms (17 ms delay, 6 ms rise).
FIRST_MS, HOP_MS = 7, 23

#: Asked of the kernel after the last cell: each neuron's spike times, and the stages' wall times.
QUESTION = """
import json as _json
try:
    from spinnlab_original.wraps.stages import seconds as _seconds
except ImportError:
    from spinnlab.pynn.script import stage_seconds as _seconds
print(_json.dumps({
    "spikes_ms": [[[float(t) for t in train] for train in trains] for trains in spikes],
    "stages_s": _seconds(),
}))
"""


@dataclass(frozen=True)
class Outcome:
    """What an executed synfire notebook holds: spike times, wall times, the picture as PNG."""

    spikes_ms: list[list[list[float]]]
    stages_s: dict[str, float]
    picture: bytes
    #: Wall seconds until the kernel was up, then of all cells, imports and plot included.
    kernel_s: float
    cells_s: float

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


def execute(notebook: Path, kernel: str, folder: Path, result: Path) -> Outcome:
    """Executes `notebook` through `kernel`, working in `folder`; saves it as `result`.

    Raises SpinnlabError with the failing cell's error.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    document = nbformat.read(notebook, as_version=4)
    question = nbformat.v4.new_code_cell(QUESTION)
    document.cells.append(question)
    client = NotebookClient(
        document,
        timeout=600,
        kernel_name=kernel,
        resources={"metadata": {"path": str(folder)}},
        # ipykernel would warn that its sockets, on the loopback interface, are in the clear.
        extra_arguments=["--log-level=ERROR"],
    )
    began = time.perf_counter()
    try:
        with client.setup_kernel():
            up = time.perf_counter()
            for number, cell in enumerate(document.cells[:-1]):
                client.execute_cell(cell, number)
            done = time.perf_counter()
            client.execute_cell(question, len(document.cells) - 1)
    except CellExecutionError as error:
        raise SpinnlabError(f"A cell of {notebook.name} failed:\n{error}") from error
    document.cells.pop()
    nbformat.write(document, result)
    said = "".join(o.text for o in question.outputs if o.get("name") == "stdout")
    answer = json.loads(said)
    picture = _last_picture(document.cells)
    return Outcome(answer["spikes_ms"], answer["stages_s"], picture, up - began, done - up)


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


def _run(name: str, kernel: str, result: Path) -> Outcome:
    """Executes the notebook through one kernel; says what came out and how long it took."""
    print(f"Executing {NOTEBOOK} with the kernel {name} ...", flush=True)
    outcome = execute(examples_folder() / NOTEBOOK, kernel, result.parent, result)
    stages = ", ".join(f"{stage} {s:.2f} s" for stage, s in outcome.stages_s.items())
    print(f"  spikes:      {outcome.spike_count:,}")
    print(
        f"  wall time:   kernel up {outcome.kernel_s:.2f} s, "
        f"all cells {outcome.cells_s:.2f} s (of it {stages})",
        flush=True,
    )
    return outcome


def compare_ways(native: Outcome, original: Outcome) -> list[str]:
    """One line for each thing that is wrong with the original's outcome or between the two."""
    wrong = [f"original, {text}" for text in differences(original)]
    if native.spikes_ms == original.spikes_ms:
        print(f"comparison:    all {native.spike_count:,} spikes agree, native and original")
    else:
        wrong.append("native and original fire at different times")
    print(f"all cells:     native {native.cells_s:.2f} s, original {original.cells_s:.2f} s")
    return wrong


def main(arguments: argparse.Namespace) -> int:
    """Exit code 0 when every spike is where it must be and both ways agree, else 1."""
    if importlib.util.find_spec("nbclient") is None:
        raise SpinnlabError(
            f"The demonstration needs nbclient, which is not installed beside {sys.executable}.\n"
            "In the source tree 'make demo' installs it; elsewhere: pip install 'spinnlab[lab]'"
        )
    find_program("spallocd")
    both = kernels.register_all(Path(sys.prefix))
    out = arguments.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    native = _run("sPyNNaker (native)", kernels.SPYNNAKER, out / NOTEBOOK)
    picture = out / "synfire.png"
    picture.write_bytes(native.picture)
    wrong = [f"native, {text}" for text in differences(native)]
    original = None
    if both:
        other = out / NOTEBOOK.replace(".ipynb", " (original).ipynb")
        original = _run("sPyNNaker 7.4.1 (original)", kernels.SPYNNAKER_741, other)
    for k in range(min(3, len(native.spikes_ms))):
        times = ", ".join(f"{t:g}" for t in native.volleys_ms(k))
        print(f"population {k}:  volleys at {times} ms")
    if original:
        wrong += compare_ways(native, original)
    else:
        print("comparison:    only with theory; 'spinnlab kernel add 7.4.1' adds the original")
    for text in wrong:
        print(f"WRONG: {text}")
    print(f"picture:       {picture}")
    return 1 if wrong else 0
