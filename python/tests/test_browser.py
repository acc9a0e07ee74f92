# SPDX-License-Identifier: Apache-2.0
"""What a person sees: the prepared notebook in JupyterLab, and the page of `spinnlab verify`.

Drives Debian's chromium; `make e2e` installs it and playwright.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spinnlab.verify import compare, report

ROOT = Path(__file__).resolve().parents[2]
SPINNLAB = ROOT / ".venv" / "bin" / "spinnlab"
CHROMIUM = shutil.which("chromium")

sync_api: Any = pytest.importorskip("playwright.sync_api", reason="make e2e installs playwright")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="make e2e installs chromium"),
    pytest.mark.skipif(not SPINNLAB.exists(), reason="no environments (make deps)"),
]


@pytest.fixture
def page() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1400, "height": 1000})
        browser.close()


#: A kernel of the remote service, as old notebooks name it.
OLD_KERNEL = "spynnaker_7.3.0"


@pytest.fixture
def lab(tmp_path: Path, kernel: str) -> Iterator[str]:
    """The address of a JupyterLab that `spinnlab lab` serves from a folder of its own.

    Its notebook is the prepared one, as it is or with another kernel selected.
    """
    folder = tmp_path / "notebooks"
    folder.mkdir()
    notebook = json.loads((ROOT / "examples" / "SynfireExample.ipynb").read_text())
    if kernel == "sPyNNaker 7.4.1":
        notebook["metadata"]["kernelspec"].update(name="spynnaker-7.4.1", display_name=kernel)
    if kernel == OLD_KERNEL:
        notebook["metadata"]["kernelspec"].update(name=kernel, display_name=kernel)
    (folder / "SynfireExample.ipynb").write_text(json.dumps(notebook))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "lab.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [str(SPINNLAB), "lab", "--no-browser", "--port", str(port), str(folder)],
            stdout=output,
            stderr=output,
            env=os.environ | {"HOME": str(tmp_path)},
        )
    try:
        for _ in range(600):
            found = re.search(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+", log.read_text())
            if found or server.poll() is not None:
                break
            time.sleep(0.1)
        assert found, log.read_text()[-3000:]
        yield found[0]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


@pytest.mark.parametrize("kernel", ["sPyNNaker", "sPyNNaker 7.4.1"])
def test_run_all_in_the_prepared_notebook(lab: str, page: Any, kernel: str) -> None:
    page.goto(lab)
    shown = page.locator(".jp-Toolbar-kernelName, .jp-KernelName").first
    sync_api.expect(shown).to_contain_text(kernel, timeout=60_000)
    assert ("7.4.1" in shown.inner_text()) == ("7.4.1" in kernel)
    sync_api.expect(page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute(
        "data-status", "idle", timeout=60_000
    )
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    said = page.locator(".jp-OutputArea-output", has_text="4,400 spikes")
    sync_api.expect(said.first).to_contain_text(
        "population 0 fires at 7, 237, 467, 697, 927 ms", timeout=60_000
    )
    picture = page.locator(".jp-OutputArea-output img")
    sync_api.expect(picture).to_have_count(1, timeout=60_000)
    assert picture.evaluate("image => image.naturalWidth") > 500


@pytest.mark.parametrize("kernel", [OLD_KERNEL])
def test_an_old_kernel_name_opens_without_a_question(lab: str, page: Any, kernel: str) -> None:
    page.goto(lab)
    shown = page.locator(".jp-Toolbar-kernelName, .jp-KernelName").first
    sync_api.expect(shown).to_have_text("sPyNNaker", timeout=60_000)
    sync_api.expect(page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute(
        "data-status", "idle", timeout=60_000
    )
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".jp-Notification-Toast, .Toastify__toast").count() == 0


#: A network that fires, and a run that is long enough to be looked at.
LIVE = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(900, sim.IF_curr_exp(i_offset=1.1), label="cells")
cells.record("spikes")
sim.live(cells)
sim.run(400_000)
"""


@pytest.mark.parametrize("kernel", ["sPyNNaker"])
def test_a_run_is_seen_while_it_goes_on(lab: str, page: Any, kernel: str, tmp_path: Path) -> None:
    notebook = json.loads((ROOT / "examples" / "SynfireExample.ipynb").read_text())
    cell: dict[str, Any] = {"cell_type": "code", "execution_count": None, "id": "live"}
    notebook["cells"] = [cell | {"metadata": {}, "outputs": [], "source": LIVE}]
    (tmp_path / "notebooks" / "Live.ipynb").write_text(json.dumps(notebook))
    page.goto(lab.replace("SynfireExample", "Live"))
    shown = page.locator(".jp-Toolbar-kernelName, .jp-KernelName").first
    sync_api.expect(shown).to_have_text(kernel, timeout=60_000)
    sync_api.expect(page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute(
        "data-status", "idle", timeout=60_000
    )
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    frame = page.locator(".jp-OutputArea-output .sl")
    sync_api.expect(frame).to_contain_text("s left", timeout=60_000)  # it is on its way
    sync_api.expect(frame).to_contain_text("Run 400 of 400 s", timeout=120_000)
    lane = frame.locator("div[style*=mask]").first.bounding_box()
    assert lane["width"] > 300 and lane["height"] >= 36
    assert frame.bounding_box()["width"] <= 960
    if folder := os.environ.get("SPINNLAB_PICTURES"):
        page.screenshot(path=str(Path(folder) / "live.png"))


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
