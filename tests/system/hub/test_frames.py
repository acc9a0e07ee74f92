# SPDX-License-Identifier: Apache-2.0
"""The hub in a frame of another site's page, in Chromium: only where hub.toml allows that site."""

from __future__ import annotations

import http.server
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="make e2e installs it")
pytestmark = pytest.mark.browser


class Page(http.server.BaseHTTPRequestHandler):
    """A page that shows the address after "?" in a frame."""

    def do_GET(self) -> None:
        address = self.path.partition("?")[2]
        frame = f'<iframe width="1200" height="800" src="{address}"></iframe>'
        text = f"<!doctype html><title>wiki</title>{frame}"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


def site(certificate: tuple[str, str]) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def wiki(certificate: tuple[str, str]) -> Iterator[str]:
    yield from site(certificate)


@pytest.fixture(scope="module")
def stranger(certificate: tuple[str, str]) -> Iterator[str]:
    yield from site(certificate)


@pytest.fixture(scope="module")
def framed(make_hub: Callable[..., Any], wiki: str, certificate: tuple[str, str]) -> Any:
    tls = ("--tls", "certificate", "--certificate", certificate[0], "--key", certificate[1])
    hub = make_hub(f'\n[frames]\nparents = ["{wiki}"]\n', tls)
    hub.add("tframe")
    return hub


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    return new_page(ignore_https_errors=True)


@pytest.mark.parametrize("interface", ["notebook", "lab"])
def test_a_person_works_in_the_frame_of_an_allowed_page(
    framed: Any, wiki: str, page: Any, interface: str
) -> None:
    page.goto(f"{wiki}/?{framed.url}/hub/home")
    frame = page.frames[1]
    frame.wait_for_selector("#username")
    assert frame.inner_text("#open-tab") == "Open in a tab"
    frame.fill("#username", "tframe")
    frame.fill("#password", framed.person("tframe").password)
    frame.click("button[type=submit]")
    frame.wait_for_selector("#open-lab")
    cookies = [item for item in page.context.cookies() if "hub" in item["name"]]
    assert cookies and all(item["sameSite"] == "None" and item["secure"] for item in cookies)
    assert all(item.get("partitionKey") for item in cookies), cookies
    frame.click(f"#open-{interface}")
    frame.wait_for_selector(".jp-DirListing-item >> text=SynfireExample.ipynb")
    # It stays: a page that loads itself again is another document.
    frame.evaluate("window.stays = true")
    if folder := os.environ.get("SPINNLAB_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"framed-{interface}.png"))
    if interface == "lab":
        frame.dblclick(".jp-DirListing-item >> text=SynfireExample.ipynb")
        frame.wait_for_selector(".jp-Toolbar-kernelName >> text=sPyNNaker")
        frame.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
        frame.click(".jp-CodeCell .cm-content")
        page.keyboard.press("Shift+Enter")
        frame.wait_for_selector(".jp-CodeCell .jp-InputPrompt >> text=[1]:")
        assert frame.query_selector(".jp-Dialog") is None
    assert frame.evaluate("window.stays === true")


def test_a_page_that_is_not_allowed_gets_no_frame(framed: Any, stranger: str, page: Any) -> None:
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{stranger}/?{framed.url}/hub/login")
    page.wait_for_timeout(2000)
    assert page.frames[1].query_selector("#username") is None
    assert any("frame-ancestors" in text for text in refused), refused
