# SPDX-License-Identifier: Apache-2.0
"""How long from the command to a page one can use, to the first result, and from stop to stopped?

`spinnlab lab` in a home of its own, JupyterLab in Chromium with nothing in its cache. The page is
usable when one can type into the prepared notebook's cells; then its kernel becomes idle, and the
first result is that of its first cell. A home is made ready by a start that is not counted: the
very first one also makes sPyNNakerGit, in the background. Stop is the toolbar's button in a long
run with a live view; the page itself measures until the cell says so.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from measure import ROOT, Figure, WrongResultError

sys.path.insert(0, str(ROOT / "tests" / "browser"))

ROUNDS, STOPS = 3, 5
MOST_PAGE_S, MOST_FIRST_CELL_S, MOST_STOP_S = 5.0, 20.0, 0.5

LONG = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(900, sim.IF_curr_exp(i_offset=1.1), label="cells")
cells.record("spikes")
sim.live(cells)
"""
RUN = "sim.run(100_000_000)"

#: Asked by the page itself: a question from outside takes tens of milliseconds.
WATCH = """number => {
    const cell = document.querySelectorAll('.jp-CodeCell')[number];
    let pressed = 0;
    window.stopped = 0;
    document.addEventListener('click', () => { pressed ||= performance.now(); }, true);
    new MutationObserver(() => {
        if (pressed && !window.stopped && cell.innerText.includes('Stopped at')) {
            window.stopped = performance.now() - pressed;
        }
    }).observe(cell, {subtree: true, childList: true, characterData: true});
}"""


def measure(_programs: Path) -> list[Figure]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise WrongResultError("chromium is not installed: make e2e does it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with tempfile.TemporaryDirectory() as name:
            home = Path(name)
            _start(browser, home)
            _wait_for_git_kernel(home)
            starts = [_start(browser, home) for _ in range(ROUNDS)]
            stops = _stops(browser, home)
        browser.close()
    return [
        Figure("command to address", median(s[0] for s in starts), "s"),
        Figure("command to usable page", median(s[1] for s in starts), "s", MOST_PAGE_S),
        Figure("command to idle kernel", median(s[2] for s in starts), "s"),
        Figure("command to first result", median(s[3] for s in starts), "s", MOST_FIRST_CELL_S),
        Figure("stop button, median", median(stops), "s", MOST_STOP_S),
        Figure("stop button, longest", max(stops), "s", MOST_STOP_S),
    ]


@contextmanager
def _lab(home: Path) -> Iterator[Any]:
    """A JupyterLab in which nothing is opened but what the address asks for."""
    from notebook_site import served

    shutil.rmtree(home / ".jupyter" / "lab" / "workspaces", ignore_errors=True)
    with served(home) as site:
        yield site


def _start(browser: Any, home: Path) -> tuple[float, float, float, float]:
    """Seconds from the command to its address, a usable page, an idle kernel, a cell's result."""
    from notebook_site import kernel_name, prompt, run_cell, sync_api, wait_for_kernel

    with _lab(home) as site:
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        page = context.new_page()
        page.goto(site.page(site.opens))
        page.wait_for_selector(".jp-CodeCell .cm-content")
        usable_s = time.perf_counter() - site.began
        sync_api.expect(kernel_name(page)).to_have_text("sPyNNaker")
        wait_for_kernel(page)
        idle_s = time.perf_counter() - site.began
        run_cell(page, 0)
        sync_api.expect(prompt(page, 0)).to_have_text("[1]:")
        done_s = time.perf_counter() - site.began
        context.close()
        return site.listened_s, usable_s, idle_s, done_s


def _wait_for_git_kernel(home: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and not list(home.glob("sPyNNakerGit/.spinnlab-git.json")):
        time.sleep(0.5)
    time.sleep(2)


def _stops(browser: Any, home: Path) -> list[float]:
    """Seconds from the stop button to the cell that says so."""
    from notebook_site import kernel_name, output, run_cell, sync_api

    with _lab(home) as site:
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        page = context.new_page()
        page.goto(site.notebook("Stop.ipynb", LONG, *[RUN] * STOPS))
        sync_api.expect(kernel_name(page)).to_have_text("sPyNNaker")
        run_cell(page, 0)
        took = []
        for number in range(1, STOPS + 1):
            run_cell(page, number)
            sync_api.expect(output(page, number)).to_contain_text("left")
            time.sleep(1.5)
            page.evaluate(WATCH, number)
            page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"]').click()
            sync_api.expect(output(page, number)).to_contain_text("Stopped at")
            took.append(page.evaluate("window.stopped") / 1000)
        context.close()
        return took
