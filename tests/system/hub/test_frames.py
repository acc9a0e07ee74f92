# SPDX-License-Identifier: Apache-2.0
"""The hub in a frame of another site's page, in Chromium: only where hub.toml allows that site."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from framing_site import framing_site
from steps import sign_in

pytest.importorskip("playwright.sync_api", reason="make e2e installs it")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def wiki(certificate: tuple[str, str]) -> Iterator[str]:
    with framing_site(certificate) as origin:
        yield origin


@pytest.fixture(scope="module")
def stranger(certificate: tuple[str, str]) -> Iterator[str]:
    with framing_site(certificate) as origin:
        yield origin


@pytest.fixture(scope="module")
def framed(make_hub: Callable[..., Any], wiki: str, certificate: tuple[str, str]) -> Any:
    tls = ("--tls", "certificate", "--certificate", certificate[0], "--key", certificate[1])
    text = f'\n[frames]\nparents = ["{wiki}"]\n[robotics]\nsingle_sign_on = true\n'
    hub = make_hub(text, tls)
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


def test_the_hub_and_servers_name_the_allowed_page_and_nothing_else(
    framed: Any, wiki: str, certificate: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never 'self': on one domain that is everybody's server."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate[0])
    framed.add("tpolicy")
    person = framed.person("tpolicy")
    person.sign_in()
    person.get("/hub/spawn/tpolicy")
    person.watch_progress()
    for path in ("/hub/home", "/hub/token", "/user/tpolicy/lab", "/user/tpolicy/tree"):
        answer = person.get(path)
        assert answer.status_code == 200 and answer.url.endswith(path), answer.url
        policy = answer.headers["Content-Security-Policy"]
        [ancestors] = [
            part.strip() for part in policy.split(";") if part.strip().startswith("frame-ancestors")
        ]
        assert ancestors == f"frame-ancestors {wiki}", path


def test_the_robotics_page_names_it_too_and_asks_for_no_password_where_a_site_says_so(
    framed: Any, wiki: str, certificate: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate[0])
    framed.add("trobot")
    person = framed.person("trobot")
    person.sign_in()
    person.start()
    person.api("POST", "spinnlab/robotics")
    page = person.get("/user/trobot/proxy/9000/")
    assert page.status_code == 200
    assert f"frame-ancestors {wiki}" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" not in page.headers["Content-Security-Policy"]
    session = person.get("/user/trobot/proxy/9000/api/v1/session").json()
    assert session["signed_in"] and not session["form"]


def test_a_page_of_the_hubs_own_address_cannot_frame_ones_server(framed: Any, page: Any) -> None:
    framed.add("tgood")
    sign_in(page, framed, "tgood")
    page.click("#open-lab")
    page.wait_for_selector(".jp-DirListing-item >> text=SynfireExample.ipynb")
    # What somebody else's server could answer at its own path, which is the same origin.
    evil = f"{framed.url}/user/tevil/page"
    frames = "".join(
        f'<iframe src="{framed.url}/{path}"></iframe>' for path in ("user/tgood/lab", "hub/home")
    )
    page.route(evil, lambda route: route.fulfill(content_type="text/html", body=frames))
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(evil)
    page.wait_for_timeout(3000)
    assert len([text for text in refused if "frame-ancestors" in text]) == 2, refused
    assert all(frame.query_selector("#open-lab, .jp-LabShell") is None for frame in page.frames)


def test_who_logs_out_in_the_frame_is_out(framed: Any, wiki: str, page: Any) -> None:
    framed.add("tleave")
    page.goto(f"{wiki}/?{framed.url}/hub/home")
    frame = page.frames[1]
    frame.wait_for_selector("#username")
    frame.fill("#username", "tleave")
    frame.fill("#password", framed.person("tleave").password)
    frame.click("button[type=submit]")
    frame.wait_for_selector("#open-lab")
    frame.click("#logout")
    frame.wait_for_selector("text=You are signed out.")
    left = [
        item["name"] for item in page.context.cookies() if item["name"].startswith("jupyterhub")
    ]
    assert left == []
    page.goto(f"{wiki}/?{framed.url}/hub/home")
    page.frames[1].wait_for_selector("#username")
