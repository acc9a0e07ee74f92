# SPDX-License-Identifier: Apache-2.0
"""What a person sees: the prepared notebook in JupyterLab, and the page of `spinnlab verify`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from notebook_site import Site, kernel_name, picture, run_all, sync_api, wait_for_kernel
from spinnlab.verify import compare, report


@pytest.fixture
def page(new_context: Callable[..., Any]) -> Any:
    return new_context(viewport={"width": 1400, "height": 1000}).new_page()


#: A kernel of the remote service, as old notebooks name it.
OLD_KERNEL = "spynnaker_7.3.0"


def choose_kernel(lab: Site, name: str, display_name: str) -> None:
    """In the file of the prepared notebook, before somebody opens it."""
    file = lab.folder / "SynfireExample.ipynb"
    notebook = json.loads(file.read_text())
    notebook["metadata"]["kernelspec"].update(name=name, display_name=display_name)
    file.write_text(json.dumps(notebook))


@pytest.mark.parametrize("kernel", ["sPyNNaker", "sPyNNaker 7.4.1"])
def test_run_all_in_the_prepared_notebook(lab: Site, page: Any, kernel: str) -> None:
    if kernel == "sPyNNaker 7.4.1":
        choose_kernel(lab, "spynnaker_7.4.1", kernel)
    assert lab.opens == "/lab/tree/SynfireExample.ipynb"
    page.goto(lab.page(lab.opens))
    sync_api.expect(kernel_name(page)).to_contain_text(kernel)
    assert ("7.4.1" in kernel_name(page).inner_text()) == ("7.4.1" in kernel)
    run_all(page)
    said = page.locator(".jp-OutputArea-output", has_text="4,400 spikes")
    sync_api.expect(said.first).to_contain_text("population 0 fires at 7, 237, 467, 697, 927 ms")
    picture = page.locator(".jp-OutputArea-output img")
    sync_api.expect(picture).to_have_count(1)
    assert picture.evaluate("image => image.naturalWidth") > 500


def test_an_old_kernel_name_opens_without_a_question(lab: Site, page: Any) -> None:
    choose_kernel(lab, OLD_KERNEL, OLD_KERNEL)
    page.goto(lab.page(lab.opens))
    sync_api.expect(kernel_name(page)).to_have_text("sPyNNaker")
    wait_for_kernel(page)
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".jp-Notification-Toast, .Toastify__toast").count() == 0


#: A network that fires, and a run that is long enough to be looked at.
LIVE = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(900, sim.IF_curr_exp(i_offset=1.1), label="cells")
cells.record("spikes")
sim.live(cells)
sim.run(3_000_000)
"""


def test_a_run_is_seen_while_it_goes_on(lab: Site, page: Any) -> None:
    page.goto(lab.notebook("Live.ipynb", LIVE))
    sync_api.expect(kernel_name(page)).to_have_text("sPyNNaker")
    run_all(page)
    frame = page.locator(".jp-OutputArea-output .sl")
    sync_api.expect(frame).to_contain_text("s left")  # it is on its way
    sync_api.expect(frame).to_contain_text("Run 3,000 of 3,000 s", timeout=120_000)
    lane = frame.locator("div[style*=mask]").first.bounding_box()
    assert lane["width"] > 300 and lane["height"] >= 36
    assert frame.bounding_box()["width"] <= 960
    picture(page, "live")


def test_the_page_of_a_comparison_shows_its_plots(tmp_path: Path, page: Any) -> None:
    data = [
        {"segment": 0, "variable": "spikes", "array": "spikes"},
        {"segment": 0, "variable": "v", "array": "v", "neurons": [4, 9]},
    ]
    description = {
        "populations": [{"label": "cells", "size": 10, "data": data}],
        "projections": [],
        "timestep_ms": 1.0,
        "run_ms": 50.0,
        "random": [],
    }
    values = np.arange(100).reshape(50, 2) * compare.ONE
    other = values.copy()
    other[20, 1] += 1
    spikes = np.array([[3, 4], [30, 9]])
    ours = compare.Captured(description, {"spikes": spikes, "v": values})
    theirs = compare.Captured(description, {"spikes": spikes, "v": other})
    file = tmp_path / "page.html"
    report.write(file, "script.py", compare.compare(ours, theirs), ours, theirs)

    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(file.as_uri())
    sync_api.expect(page.locator(".verdict")).to_contain_text("neuron 9, step 20 (20 ms)")
    assert page.locator("tr.bad").count() == 1
    plots = [plot.bounding_box() for plot in page.locator("svg").all()]
    assert len(plots) == 2
    assert all(box["width"] > 600 and box["height"] > 100 for box in plots)
    # Nothing is wider than the window.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not errors
