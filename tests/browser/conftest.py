# SPDX-License-Identifier: Apache-2.0
"""Real servers and Debian's Chromium for what a person sees; `make e2e` installs what it needs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# pytest's import mode gives test folders no package; the tests share a module beside them.
sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).resolve().parents[2]
SPINNLAB = ROOT / ".venv" / "bin" / "spinnlab"
CHROMIUM = shutil.which("chromium")
SERVER_START_S = 90.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; its driver keeps an event loop running, so it ends with the file's tests."""
    if CHROMIUM is None:
        pytest.skip("make e2e installs chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


def ours(error: Any) -> list[str]:
    """Where an exception came from, if our extension had a part in it; Jupyter throws its own."""
    return [error.stack] if "@spinnlab" in (error.stack or "") else []


@pytest.fixture
def new_context(browser: Any) -> Iterator[Callable[..., Any]]:
    """new_context(**options): a person's browser; our extension must throw nothing in it."""
    from notebook_site import PATIENCE_MS

    thrown: list[str] = []
    made = []

    def make(**options: Any) -> Any:
        one = browser.new_context(**{"viewport": {"width": 1200, "height": 760}, **options})
        one.set_default_timeout(PATIENCE_MS)
        one.on("weberror", lambda error: thrown.extend(ours(error.error)))
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()
    assert not thrown


@pytest.fixture
def context(new_context: Callable[..., Any]) -> Any:
    return new_context()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """serve(*options, command="notebook"): a server with further options of Jupyter.

    It has a home and a folder of its own, with the prepared synfire notebook in it.
    """
    from notebook_site import Site

    if not SPINNLAB.exists():
        pytest.skip("no environments (make deps)")
    started: list[subprocess.Popen[bytes]] = []
    log = tmp_path / "server.log"

    def start(*options: str, command: str = "notebook") -> Site:
        folder = tmp_path / "notebooks"
        folder.mkdir()
        shutil.copy(ROOT / "examples" / "SynfireExample.ipynb", folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        words = [str(SPINNLAB), command, "--no-browser", "--port", str(port), str(folder)]
        with log.open("w") as output:
            process = subprocess.Popen(
                [*words, *options], stdout=output, stderr=output,
                env=os.environ | {"HOME": str(tmp_path)},
            )  # fmt: skip
        started.append(process)
        found = None
        end = time.monotonic() + SERVER_START_S
        while not found and process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
            found = re.search(r"(http://127\.0\.0\.1:\d+)(/\S*)\?token=(\w+)", log.read_text())
        assert found, log.read_text()[-3000:]
        return Site(process, found[1], found[2], found[3], folder)

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    if started:
        print(log.read_text()[-2000:])


@pytest.fixture
def lab(serve: Callable[..., Any]) -> Any:
    """A JupyterLab of the test's own."""
    return serve(command="lab")
