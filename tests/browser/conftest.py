# SPDX-License-Identifier: Apache-2.0
"""Real servers and Debian's Chromium for what a person sees; `make e2e` installs what it needs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

# pytest's import mode gives test folders no package; the tests share a module beside them.
sys.path.insert(0, str(Path(__file__).parent))

CHROMIUM = shutil.which("chromium")


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
    from notebook_site import SPINNLAB, served

    if not SPINNLAB.exists():
        pytest.skip("no environments (make deps)")
    with ExitStack() as started:

        def start(*options: str, command: str = "notebook") -> Any:
            return started.enter_context(served(tmp_path, *options, command=command))

        yield start
    if (log := tmp_path / "server.log").exists():
        print(log.read_text()[-2000:])


@pytest.fixture
def lab(serve: Callable[..., Any]) -> Any:
    """A JupyterLab of the test's own."""
    return serve(command="lab")
