# SPDX-License-Identifier: Apache-2.0
"""A server of `spinnlab lab` or `spinnlab notebook`, and what one does on its pages."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

sync_api: Any = pytest.importorskip("playwright.sync_api", reason="make e2e installs playwright")

ROOT = Path(__file__).resolve().parents[2]
SPINNLAB = ROOT / ".venv" / "bin" / "spinnlab"
START_S = 90.0
#: A page may take this long to show something, whatever else the machine does.
PATIENCE_MS = 90_000
sync_api.expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Site:
    """A server that serves a folder of its own; `opens` is the path that it printed."""

    process: subprocess.Popen[bytes]
    address: str
    opens: str
    token: str
    folder: Path
    began: float  # time.perf_counter() of the command
    listened_s: float  # from then until it said its address

    def page(self, path: str) -> str:
        return f"{self.address}{path}?token={self.token}"

    def api(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(f"{self.address}/api/{path}", method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def ask(self, what: str) -> Any:
        """The answer of the server's REST interface, which fails now and then."""
        for _ in range(40):
            try:
                return self.api(what)
            except urllib.error.HTTPError as error:
                # Jupyter Server 2.21 cannot list a kernel that is being started.
                assert error.code == 500
                time.sleep(0.25)
        raise AssertionError(f"{what}: nothing but errors")

    def kernel_processes(self) -> list[psutil.Process]:
        """Kernels that this server has started and that live."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if "-f" in child.cmdline()]

    def notebook(self, name: str, *cells: str, minor: int = 5) -> str:
        """Writes a notebook for the native kernel; returns its address in JupyterLab."""
        made = []
        for number, source in enumerate(cells):
            cell: dict[str, Any] = {"cell_type": "code", "metadata": {}, "source": source}
            cell |= {"outputs": [], "execution_count": None}
            made.append(cell | ({"id": f"cell-{number}"} if minor >= 5 else {}))
        spec = {"name": "spynnaker", "display_name": "sPyNNaker", "language": "python"}
        whole = {"cells": made, "nbformat": 4, "nbformat_minor": minor}
        whole["metadata"] = {"kernelspec": spec}
        (self.folder / name).write_text(json.dumps(whole))
        return self.page(f"/lab/tree/{name}")

    def read(self, name: str) -> list[dict[str, Any]]:
        """The cells in the file."""
        cells: list[dict[str, Any]] = json.loads((self.folder / name).read_text())["cells"]
        return cells

    def until_idle(self, within_s: float = 120) -> None:
        """Waits until the kernel has nothing to do, nobody looking at it."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            (kernel,) = self.ask("kernels")
            if kernel["connections"] == 0 and kernel["execution_state"] == "idle":
                return
            time.sleep(0.2)
        pytest.fail(f"the kernel is not idle: {kernel}")


@contextmanager
def served(home: Path, *options: str, command: str = "lab") -> Iterator[Site]:
    """A server of `spinnlab COMMAND` with a home and in it a folder, and the synfire notebook."""
    folder, log = home / "notebooks", home / "server.log"
    folder.mkdir(exist_ok=True)
    shutil.copy(ROOT / "examples" / "SynfireExample.ipynb", folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [str(SPINNLAB), command, "--no-browser", "--port", str(port), str(folder)]
    began = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(
            [*words, *options], stdout=output, stderr=output, env=os.environ | {"HOME": str(home)}
        )
    try:
        found = None
        while not found and process.poll() is None and time.perf_counter() - began < START_S:
            time.sleep(0.02)
            found = re.search(r"(http://127\.0\.0\.1:\d+)(/\S*)\?token=(\w+)", log.read_text())
        assert found, log.read_text()[-3000:]
        listened_s = time.perf_counter() - began
        yield Site(process, found[1], found[2], found[3], folder, began, listened_s)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def picture(page: Any, name: str) -> None:
    """Leaves a screenshot where somebody asked for it."""
    if folder := os.environ.get("SPINNLAB_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def menu(page: Any, *words: str) -> None:
    """Chooses an entry of the page's menus."""
    for word in words:
        page.get_by_role("menuitem", name=word, exact=True).click()


def kernel_name(page: Any) -> Any:
    """Where the notebook shows its kernel."""
    return page.locator(".jp-Toolbar-kernelName, .jp-KernelName").first


def wait_for_kernel(page: Any) -> None:
    sync_api.expect(page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute(
        "data-status", "idle"
    )


def run_all(page: Any) -> None:
    wait_for_kernel(page)
    menu(page, "Run", "Run All Cells")


def run_cell(page: Any, number: int) -> None:
    """Runs one cell by the keyboard."""
    wait_for_kernel(page)
    page.locator(".jp-CodeCell").nth(number).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def output(page: Any, cell: int) -> Any:
    return page.locator(".jp-CodeCell").nth(cell).locator(".jp-Cell-outputArea")


def prompt(page: Any, cell: int) -> Any:
    return page.locator(".jp-CodeCell").nth(cell).locator(".jp-InputPrompt")


def until(what: Callable[[], bool], limit_s: float) -> float:
    """Seconds until `what` holds; fails after `limit_s`."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < limit_s, "it did not come about"
        time.sleep(0.02)
    return time.monotonic() - began


def contrast(*colours: str) -> float:
    """WCAG's ratio of two colours as the browser writes them."""

    def luminance(colour: str) -> float:
        parts = [float(part) for part in re.findall(r"[\d.]+", colour)]
        if len(parts) == 4:
            assert parts[3] > 0.8, colour
        low = [part / 255 / 12.92 for part in parts[:3]]
        high = [((part / 255 + 0.055) / 1.055) ** 2.4 for part in parts[:3]]
        linear = [a if a * 12.92 <= 0.04045 else b for a, b in zip(low, high, strict=True)]
        return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, bright = sorted(luminance(colour) for colour in colours)
    return (bright + 0.05) / (dark + 0.05)
