# SPDX-License-Identifier: Apache-2.0
"""A real hub for the tests: real Unix users where the tests run as root, a demo otherwise."""

from __future__ import annotations

import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# pytest's import mode gives test folders no package; the tests share modules beside them.
sys.path.insert(0, str(Path(__file__).parent))

import lab_hub
from lab_hub import Hub

#: A page may take this long to show something, whatever else the computer does.
LONGEST_PAGE_MS = 60_000


@pytest.fixture(scope="session")
def make_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Hub]]:
    """make_hub(...): a hub that runs; `lab_hub.make_hub` says what may be asked for."""
    made: list[Hub] = []

    def make(*words: Any, folder: Path | None = None, **options: Any) -> Hub:
        # Short: sockets are in there when the tests do not run as root.
        folder = folder or tmp_path_factory.mktemp("h") / "hub"
        try:
            hub = lab_hub.make_hub(folder, *words, **options)
        except lab_hub.NoHubHereError as error:
            pytest.skip(str(error))
        made.append(hub)
        hub.start()
        return hub

    yield make
    for hub in made:  # all at once: each takes its time
        hub.ask_to_stop()
    for hub in made:
        hub.remove()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Files of a certificate for localhost, and of its key."""
    return lab_hub.certificate(tmp_path_factory.mktemp("tls"), "DNS:localhost", "IP:127.0.0.1")


@pytest.fixture(scope="session")
def hub(make_hub: Callable[..., Hub]) -> Hub:
    """The hub that most tests share; each has people of its own."""
    return make_hub()


@pytest.fixture(scope="session")
def new_name(hub: Hub) -> Callable[[], str]:
    """Names that no other test uses, with accounts at the shared hub."""
    names: list[str] = []

    def make() -> str:
        if not names:  # a dozen at once: each call starts a Python
            names.extend(f"t{secrets.token_hex(4)}" for _ in range(12))
            hub.add(*names)
        return names.pop()

    return make


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser; its driver keeps an event loop running, so it ends with the tests of a file."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="make e2e installs it")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("make e2e installs chromium")
    with sync_api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def new_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """new_page(**options): a page in a browser of its own."""
    made = []

    def make(**options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        made.append(context)
        page = context.new_page()
        page.set_default_timeout(LONGEST_PAGE_MS)
        return page

    yield make
    for context in made:
        context.close()


def wait_until(what: Callable[[], bool], patience_s: float = 60.0) -> float:
    """Waits for something; returns the seconds that it took."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < patience_s, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.fixture
def wait() -> Callable[..., float]:
    return wait_until
