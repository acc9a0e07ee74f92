# SPDX-License-Identifier: Apache-2.0
"""A tab that is closed while cells run: reopened, it shows what they printed meanwhile."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPINNLAB = ROOT / ".venv" / "bin" / "spinnlab"
CHROMIUM = shutil.which("chromium")

sync_api: Any = pytest.importorskip("playwright.sync_api", reason="make e2e installs playwright")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="make e2e installs chromium"),
    pytest.mark.skipif(not SPINNLAB.exists(), reason="no environments (make deps)"),
]

LONG_MS = 90_000


@pytest.fixture
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@dataclass
class Lab:
    """A JupyterLab of the test's own."""

    address: str
    token: str
    folder: Path
    process: subprocess.Popen[str]

    def notebook(self, name: str, *cells: str, minor: int = 5) -> str:
        """Writes a notebook; returns its address."""
        made = []
        for number, source in enumerate(cells):
            cell: dict[str, Any] = {"cell_type": "code", "metadata": {}, "source": source}
            cell |= {"outputs": [], "execution_count": None}
            made.append(cell | ({"id": f"cell-{number}"} if minor >= 5 else {}))
        spec = {"name": "spynnaker", "display_name": "sPyNNaker", "language": "python"}
        whole = {"cells": made, "nbformat": 4, "nbformat_minor": minor}
        whole["metadata"] = {"kernelspec": spec}
        (self.folder / name).write_text(json.dumps(whole))
        return f"{self.address}/lab/tree/{name}?token={self.token}"

    def read(self, name: str) -> list[dict[str, Any]]:
        """The cells in the file."""
        cells: list[dict[str, Any]] = json.loads((self.folder / name).read_text())["cells"]
        return cells

    def api(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(f"{self.address}/api/{path}", method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def until_idle(self, within_s: float = 120) -> None:
        """Waits until the kernel has nothing to do, nobody looking at it."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            (kernel,) = self.api("kernels")
            if kernel["connections"] == 0 and kernel["execution_state"] == "idle":
                return
            time.sleep(0.2)
        pytest.fail(f"the kernel is not idle: {kernel}")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "lab.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(SPINNLAB), "lab", "--no-browser", "--port", str(port), str(folder)],
            stdout=output,
            stderr=output,
            text=True,
            env=os.environ | {"HOME": str(tmp_path)},
        )
    try:
        for _ in range(900):
            found = re.search(r"(http://127\.0\.0\.1:\d+)/lab\S*token=(\w+)", log.read_text())
            if found or process.poll() is not None:
                break
            time.sleep(0.1)
        assert found, log.read_text()[-3000:]
        yield Lab(found[1], found[2], folder, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        print(log.read_text()[-2000:])


@pytest.fixture
def opened(browser: Any, lab: Lab) -> Iterator[Callable[[str], Any]]:
    """opened(address): a page of its own with the notebook, its kernel chosen."""
    contexts = []

    def open_page(address: str) -> Any:
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and print("page:", said.text))
        page.goto(address)
        shown = page.locator(".jp-Toolbar-kernelName, .jp-KernelName").first
        sync_api.expect(shown).to_have_text("sPyNNaker", timeout=LONG_MS)
        return page

    yield open_page
    for context in contexts:
        context.close()


def run_all(page: Any) -> None:
    sync_api.expect(page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute(
        "data-status", "idle", timeout=LONG_MS
    )
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def output(page: Any, cell: int) -> Any:
    return page.locator(".jp-CodeCell").nth(cell).locator(".jp-Cell-outputArea")


def prompt(page: Any, cell: int) -> Any:
    return page.locator(".jp-CodeCell").nth(cell).locator(".jp-InputPrompt")


COUNT = """
import time
from IPython.display import HTML, display
shown = display(HTML("<b>started</b>"), display_id=True)
for k in range(8):
    print("count", k)
    time.sleep(0.5)
    shown.update(HTML(f"<style>b{{color:rgb(1, 2, 3)}}</style><b>at {k}</b>"))
"""

RUN = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(900, sim.IF_curr_exp(i_offset=1.1), label="cells")
cells.record("spikes")
sim.live(cells)
sim.run(100_000)
"""


def test_outputs_of_a_closed_tab_are_there_when_it_is_opened_again(
    lab: Lab, opened: Callable[[str], Any]
) -> None:
    address = lab.notebook("Closed.ipynb", COUNT, RUN, "after = 1\nafter", "1/0", "after + 1")
    page = opened(address)
    run_all(page)
    sync_api.expect(output(page, 0)).to_contain_text("count 0", timeout=LONG_MS)
    page.context.close()
    lab.until_idle()

    page = opened(address)
    sync_api.expect(output(page, 0)).to_contain_text("count 7", timeout=LONG_MS)
    # The last state of the display, in its own place and with its own style.
    sync_api.expect(output(page, 0).locator("b")).to_have_text("at 7")
    assert output(page, 0).locator("b").evaluate("b => getComputedStyle(b).color") == "rgb(1, 2, 3)"
    assert output(page, 0).inner_text().count("count 3") == 1
    sync_api.expect(output(page, 1)).to_contain_text("Run 100 of 100 s")
    sync_api.expect(output(page, 2)).to_contain_text("1")
    sync_api.expect(output(page, 3)).to_contain_text("ZeroDivisionError")
    sync_api.expect(prompt(page, 3)).to_have_text("[4]:")
    sync_api.expect(output(page, 4)).to_have_text("")  # it was not executed after the error
    # The notebook goes on where it was.
    page.locator(".jp-CodeCell").nth(4).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    sync_api.expect(output(page, 4)).to_contain_text("2", timeout=LONG_MS)
    page.keyboard.press("Control+s")
    for _ in range(100):
        if lab.read("Closed.ipynb")[4]["outputs"]:
            break
        time.sleep(0.1)
    assert page.locator(".jp-Dialog").count() == 0  # nobody is asked which version to keep
    assert "".join(lab.read("Closed.ipynb")[0]["outputs"][1]["text"]).endswith("count 7\n")
    if folder := os.environ.get("SPINNLAB_PICTURES"):
        page.screenshot(path=str(Path(folder) / "kept-outputs.png"))


def test_a_cell_that_still_runs_goes_on_showing_what_it_does(
    lab: Lab, opened: Callable[[str], Any]
) -> None:
    longer = COUNT.replace("range(8)", "range(160)")
    address = lab.notebook("Running.ipynb", longer, "print('queued', k)")
    page = opened(address)
    run_all(page)
    sync_api.expect(output(page, 0)).to_contain_text("count 1", timeout=LONG_MS)
    page.context.close()
    time.sleep(2)

    page = opened(address)
    sync_api.expect(prompt(page, 0)).to_have_text("[*]:", timeout=LONG_MS)
    sync_api.expect(prompt(page, 1)).to_have_text("[*]:")
    seen = int(re.findall(r"count (\d+)", output(page, 0).inner_text())[-1])
    assert 1 < seen < 159
    sync_api.expect(output(page, 0)).to_contain_text(f"count {seen + 2}", timeout=20_000)
    sync_api.expect(output(page, 0).locator("b")).to_have_text(re.compile(r"at \d+"))
    sync_api.expect(output(page, 1)).to_contain_text("queued 159", timeout=2 * LONG_MS)
    sync_api.expect(output(page, 0).locator("b")).to_have_text("at 159")
    numbers = [int(n) for n in re.findall(r"count (\d+)", output(page, 0).inner_text())]
    assert numbers == list(range(160))  # nothing twice, nothing lost
    sync_api.expect(prompt(page, 0)).to_have_text("[1]:")
    sync_api.expect(prompt(page, 1)).to_have_text("[2]:")
    page.keyboard.press("Control+s")
    for _ in range(100):
        if lab.read("Running.ipynb")[1]["outputs"]:
            break
        time.sleep(0.1)
    assert lab.read("Running.ipynb")[1]["outputs"][0]["text"] == ["queued 159\n"]


def test_what_nobody_comes_back_for_is_in_the_file(lab: Lab, opened: Callable[[str], Any]) -> None:
    # Of before format 4.5: cells have no ids.
    page = opened(lab.notebook("Old.ipynb", "import time", COUNT, minor=2))
    run_all(page)
    sync_api.expect(output(page, 1)).to_contain_text("count 0", timeout=LONG_MS)
    page.context.close()
    lab.until_idle()
    (kernel,) = lab.api("kernels")
    lab.api(f"kernels/{kernel['id']}", method="DELETE")
    cell = lab.read("Old.ipynb")[1]
    assert "".join(cell["outputs"][1]["text"]).endswith("count 7\n")
    assert "at 7" in "".join(cell["outputs"][0]["data"]["text/html"])
    assert cell["execution_count"] == 2


#: A stop is promised within half a second; a busy computer gets five times that.
STOP_S = 0.5


def test_the_stop_button_ends_a_run_that_goes_on_later(
    lab: Lab, opened: Callable[[str], Any], record_property: Callable[[str, object], None]
) -> None:
    minutes = RUN.replace("sim.run(100_000)", "sim.run(100_000_000)")
    address = lab.notebook(
        "Stop.ipynb", minutes, "before = sim.get_current_time()", "sim.run(1000)"
    )
    page = opened(address)
    run_cell(page, 0)
    sync_api.expect(output(page, 0)).to_contain_text("left", timeout=LONG_MS)
    time.sleep(2)
    # Seen by the page itself: a question from here takes tens of milliseconds.
    page.evaluate(
        """() => {
            const cell = document.querySelector('.jp-CodeCell');
            let pressed = 0;
            document.addEventListener('click', () => { pressed = performance.now(); }, true);
            new MutationObserver(() => {
                if (pressed && cell.innerText.includes('Stopped at') && !window.stopped) {
                    window.stopped = performance.now() - pressed;
                }
            }).observe(cell, {subtree: true, childList: true, characterData: true});
        }"""
    )
    page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"]').click()
    sync_api.expect(output(page, 0)).to_contain_text("run() goes on from there", timeout=20_000)
    took_s = page.evaluate("window.stopped") / 1000
    record_property("stop_s", round(took_s, 3))
    print(f"stop button: the cell says so after {took_s:.2f} s")
    assert took_s < 5 * STOP_S
    said = output(page, 0).inner_text()
    assert "of 100,000,000 ms. What was recorded up to there is kept" in said
    assert "control.py" not in said
    # It goes on.
    run_cell(page, 1)
    run_cell(page, 2)
    sync_api.expect(prompt(page, 2)).to_have_text(re.compile(r"\[\d+\]:"), timeout=LONG_MS)
    stopped_ms = float(re.search(r"Stopped at ([\d,]+)", said)[1].replace(",", ""))  # type: ignore[index]
    end_s = re.search(r"Run ([\d,.]+) of", output(page, 2).inner_text())
    assert end_s is not None
    assert abs(float(end_s[1].replace(",", "")) * 1000 - stopped_ms - 1000) <= 100  # of four digits


def run_cell(page: Any, number: int) -> None:
    """Runs one cell by the keyboard."""
    sync_api.expect(page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute(
        "data-status", "idle", timeout=LONG_MS
    )
    page.locator(".jp-CodeCell").nth(number).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
