# SPDX-License-Identifier: Apache-2.0
"""What cells show in a notebook that a real kernel executes."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from spinnlab import kernels

CELLS = (
    """
import pyNN.spiNNaker as sim
sim.setup(timestep=1.0)
cells = sim.Population(500, sim.IF_curr_exp(i_offset=1.2), label="cells")
cells.record("spikes")
sim.live(cells)
""",
    "sim.run(300_000)",
    "cells",
    "sim.summary()",
)


@pytest.mark.timeout(120)
def test_a_run_is_seen_while_it_goes_on() -> None:
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    client: Any = NotebookClient(document, kernel_name=kernels.SPYNNAKER, timeout=100)
    said: Counter[str] = Counter()
    process = client.process_message

    def counted(message: Any, cell: Any, index: int) -> Any:
        said[message["msg_type"]] += 1
        return process(message, cell, index)

    client.process_message = counted
    client.execute()
    assert said["update_display_data"] >= 1
    run, population, summary = (cell.outputs for cell in document.cells[1:])
    # One output that was replaced, then the time that run() returns.
    assert [output.output_type for output in run] == ["display_data", "execute_result"]
    assert "Run 300 of 300 s" in run[0].data["text/html"]
    assert "Population of 500 IF_curr_exp" in population[0].data["text/html"]
    assert "tau_m = 20 ms" in population[0].data["text/plain"]
    assert "Ran 300 s of model time" in summary[0].data["text/plain"]


@pytest.mark.timeout(60)
def test_a_mistake_is_shown_at_the_line_of_the_cell() -> None:
    document = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("import pyNN.spiNNaker as sim\nsim.run(10)"),
            nbformat.v4.new_code_cell("%tb"),
            nbformat.v4.new_code_cell("import json\njson.loads('[')"),
        ]
    )
    client: Any = NotebookClient(
        document, kernel_name=kernels.SPYNNAKER, timeout=50, allow_errors=True
    )
    client.execute()
    mistake, asked, other = (
        re.sub(r"\x1b\[[\d;]*m", "", "\n".join(cell.outputs[0].traceback))
        for cell in document.cells
    )
    assert "----> 2 sim.run(10)" in mistake
    assert "Put this line before it:\n    sim.setup(timestep=1.0)" in mistake
    assert "control.py" not in mistake
    assert mistake.endswith("(%tb shows the calls inside SpiNNLab)")
    assert "control.py" in asked
    assert "json" in other and "decoder.py" in other
