# SPDX-License-Identifier: Apache-2.0
"""How many frames of the live view does a page show, and what do they cost the run?

A notebook in JupyterLab in Chromium: 5,000 Poisson sources, 5,000 neurons behind them and four
membranes, on one thread; once with sources so slow that it makes somewhat more than 50,000 spikes
in a second of wall time, once with ten times as many. The page counts the frames that it has put on
the screen. The run's wall time is compared with that of the same run without a view, in turns;
medians. Time in drawing is the kernel's own and has a limit; the rest is the server's and the
browser's, which take their share of the processors where these are few.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from measure import ROOT, Figure, WrongResultError

ROUNDS = 3
LEAST_SPIKES_A_SECOND = 50_000
LEAST_FRAMES_A_SECOND, MOST_OVERHEAD_PERCENT = 10.0, 5.0

NETWORK = """
import time
import pyNN.spiNNaker as sim
from spinnlab.pynn import simulator

def one(shown, rate, model_ms):
    sim.setup(timestep=1.0, threads=1, seed=1)
    noise = sim.Population(5000, sim.SpikeSourcePoisson(rate=rate), label="noise")
    cells = sim.Population(5000, sim.IF_curr_exp(), label="cells")
    many = sim.FixedProbabilityConnector(0.02)
    sim.Projection(noise, cells, many, sim.StaticSynapse(weight=0.05, delay=1.0))
    for population in (noise, cells):
        population.record("spikes")
    cells[:4].record("v")
    if shown:
        sim.live()
    sim.run(1)
    began, before = time.perf_counter(), spikes()
    sim.run(model_ms)
    took = time.perf_counter() - began
    view = simulator.state.live_view
    draw_s = view.draw_s if shown else 0.0
    return dict(took_s=took, spikes=spikes() - before, draw_s=draw_s)

def spikes():
    return simulator.state.run_object.simulation.spikes_total
"""
#: Name, rate of a source in Hz, model time in ms: about five seconds on a processor of 2020.
PACES = (("asked for", 0.25, 90_000), ("many", 2.0, 40_000))


def measure(_programs: Path) -> list[Figure]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise WrongResultError("chromium is not installed: make e2e does it")
    with _lab() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(address)
        page.wait_for_function(
            """() => document.querySelector('.jp-Toolbar-kernelName, .jp-KernelName')
                ?.innerText.includes('sPyNNaker')""",
            timeout=90_000,
        )
        page.wait_for_selector(
            '.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=90_000
        )
        said = [_cell(page, number) for number in range(1 + 2 * ROUNDS * len(PACES))]
        browser.close()
    runs = [json.loads(text) for text in said[1:]]
    figures = []
    for number, (name, _, _) in enumerate(PACES):
        of_pace = runs[2 * ROUNDS * number : 2 * ROUNDS * (number + 1)]
        figures += _figures(name, of_pace[0::2], of_pace[1::2])
    return figures


def _figures(
    name: str, plain: list[dict[str, float]], shown: list[dict[str, float]]
) -> list[Figure]:
    plain_s, shown_s = (median(run["took_s"] for run in half) for half in (plain, shown))
    rate = median(run["spikes"] / run["took_s"] for run in shown)
    frames = median(run["frames"] / run["took_s"] for run in shown)
    drawing = median(run["draw_s"] / run["took_s"] for run in shown)
    if rate < LEAST_SPIKES_A_SECOND:
        raise WrongResultError(f"{rate:,.0f} spikes/s: fewer than the question is about")
    longer = 100 * (shown_s / plain_s - 1)
    return [
        Figure(f"spikes, {name}", rate, "1/s"),
        Figure(f"frames seen by the page, {name}", frames, "1/s", LEAST_FRAMES_A_SECOND, True),
        Figure(f"time in drawing, {name}", 100 * drawing, "%", MOST_OVERHEAD_PERCENT),
        Figure(f"longer than without, {name}", longer, "%"),
    ]


def _cell(page: Any, number: int) -> str:
    """Runs a cell; returns the JSON that it printed, with the frames that the page has shown."""
    page.evaluate(
        """number => {
            window.frames_seen = 0;
            const cell = document.querySelectorAll('.jp-CodeCell')[number];
            let last = '';
            const look = () => {
                const head = [...cell.querySelectorAll('.sl .h b')].pop();
                if (head && head.textContent !== last) {
                    last = head.textContent;
                    window.frames_seen++;
                }
                if (window.looks === number) requestAnimationFrame(look);
            };
            window.looks = number;
            requestAnimationFrame(look);
        }""",
        number,
    )
    cell = page.locator(".jp-CodeCell").nth(number)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        """number => /\\[\\d+\\]/.test(document.querySelectorAll('.jp-CodeCell')[number]
            .querySelector('.jp-InputPrompt').innerText)""",
        arg=number,
        timeout=120_000,
    )
    if number == 0:
        return ""
    said = cell.locator(".jp-Cell-outputArea").inner_text()
    found = re.search(r"\{.*took_s.*\}", said.replace("'", '"'))
    if found is None:
        raise WrongResultError(said[-1000:])
    frames = page.evaluate("window.frames_seen")
    return json.dumps(json.loads(found[0]) | {"frames": frames})


@contextmanager
def _lab() -> Iterator[str]:
    """The address of a notebook with one cell a run, in a JupyterLab of its own."""
    sources = [NETWORK]
    sources += [
        f"print(one({shown}, {rate}, {model_ms}))"
        for _, rate, model_ms in PACES for _ in range(ROUNDS) for shown in (False, True)
    ]  # fmt: skip
    cells = [
        {"cell_type": "code", "id": f"c{k}", "metadata": {}, "outputs": [],
         "execution_count": None, "source": source}
        for k, source in enumerate(sources)
    ]  # fmt: skip
    spec = {"name": "spynnaker", "display_name": "sPyNNaker", "language": "python"}
    whole = {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}}
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "Live.ipynb").write_text(json.dumps(whole))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = Path(home) / "lab.log"
        with log.open("w") as output:
            server = subprocess.Popen(
                [str(ROOT / ".venv/bin/spinnlab"), "lab", "--no-browser",
                 "--port", str(port), home],
                stdout=output, stderr=output, env=os.environ | {"HOME": home},
            )  # fmt: skip
        try:
            end = time.monotonic() + 90
            pattern = r"(http://127\.0\.0\.1:\d+/lab)\S*(\?token=\w+)"
            while not (found := re.search(pattern, log.read_text())):
                if time.monotonic() > end:
                    raise WrongResultError(log.read_text()[-1000:])
                time.sleep(0.1)
            yield f"{found[1]}/tree/Live.ipynb{found[2]}"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
