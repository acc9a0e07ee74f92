# SPDX-License-Identifier: Apache-2.0
"""The provider's button in Chromium, and a hub in another site's page that asks for no click."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from framing_site import framing_site
from oidc_provider import Site, with_provider
from steps import picture

pytest.importorskip("playwright.sync_api", reason="make e2e installs it")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def wiki(certificate: tuple[str, str]) -> Iterator[str]:
    """A page of the provider's own site, as wiki.ebrains.eu is beside iam.ebrains.eu."""
    with framing_site(certificate, "wiki.house.localhost") as origin:
        yield origin


@pytest.fixture(scope="module")
def elsewhere(certificate: tuple[str, str]) -> Iterator[str]:
    """A page that is allowed to frame the hub, too, but is of another site than the provider."""
    with framing_site(certificate) as origin:
        yield origin


@pytest.fixture(scope="module")
def site(
    make_hub: Callable[..., Any], wiki: str, elsewhere: str, certificate: tuple[str, str]
) -> Iterator[Site]:
    tls = ("--tls", "certificate", "--certificate", certificate[0], "--key", certificate[1])
    frames = f'\n[frames]\nparents = ["{wiki}", "{elsewhere}"]\n'
    with with_provider(make_hub, after=frames, tls=tls, host="id.house.localhost") as made:
        yield made


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    return new_page(ignore_https_errors=True)


@pytest.fixture
def name(site: Site) -> str:
    """Somebody whom the provider knows."""
    made = f"t{secrets.token_hex(4)}"
    site.hub.people.append(made)
    return made


def sign_in_there(page: Any, site: Site, name: str) -> None:
    """On the pages of the provider: who one is, and that the hub may know it."""
    page.wait_for_url(f"{site.issuer}/**")
    page.fill("[name=login]", name)
    page.fill("[name=password]", "x")
    page.click("button[type=submit]")
    page.wait_for_selector("text=Authorize")
    page.click("button[type=submit]")


def come(page: Any, site: Site, name: str) -> None:
    page.goto(f"{site.hub.url}/hub/login")
    page.click("text=Continue with the house account")
    sign_in_there(page, site, name)
    page.wait_for_selector("#open-lab")


def test_the_button_leads_in_and_to_where_one_wanted_to_go(
    site: Site, page: Any, name: str
) -> None:
    page.goto(f"{site.hub.url}/hub/token")
    page.wait_for_selector("#username")  # local accounts stand beside it
    picture(page, "provider-button")
    page.click("text=Continue with the house account")
    sign_in_there(page, site, name)
    page.wait_for_url(f"{site.hub.url}/hub/token")
    page.goto(f"{site.hub.url}/hub/home")
    assert name in page.inner_text("header")


def test_who_says_no_at_the_provider_reads_so(site: Site, page: Any) -> None:
    page.goto(f"{site.hub.url}/hub/token")
    page.click("text=Continue with the house account")
    page.fill("[name=login]", "tdenied")
    page.fill("[name=password]", "x")
    page.click("button[type=submit]")
    page.wait_for_selector("text=Authorize")
    page.click("text=Cancel")
    page.wait_for_selector("[role=alert] >> text=The sign-in was cancelled at the provider.")
    picture(page, "provider-denied")
    # The next try still leads to where one wanted to go.
    assert "next=%2Fhub%2Ftoken" in page.url
    page.wait_for_selector("text=Continue with the house account")


def test_who_takes_too_long_at_the_provider_reads_so(site: Site, page: Any, name: str) -> None:
    page.goto(f"{site.hub.url}/hub/login")
    page.click("text=Continue with the house account")
    page.wait_for_url(f"{site.issuer}/**")
    # After a day the browser forgets that a sign-in was begun.
    page.context.clear_cookies(name="oauthenticator-state")
    sign_in_there(page, site, name)
    page.wait_for_selector("[role=alert] >> text=The sign-in took too long")
    page.click("text=Continue with the house account")  # the provider remembers: no question
    page.wait_for_selector("#open-lab")


def test_with_a_session_at_the_provider_lab_shows_in_the_frame_without_a_click(
    site: Site, wiki: str, page: Any, name: str
) -> None:
    come(page, site, name)  # in a tab; what the frame gets is the provider's session alone
    page.goto(f"{wiki}/?{site.hub.url}/hub/start-lab?path=SynfireExample.ipynb")
    frame = page.frames[1]
    frame.wait_for_selector(".jp-Toolbar-kernelName >> text=sPyNNaker", timeout=120_000)
    assert frame.url.endswith(f"/user/{name}/lab/tree/SynfireExample.ipynb")
    assert page.url.startswith(wiki)
    picture(page, "framed-without-a-click")
    keys = {
        cookie.get("partitionKey")
        for cookie in page.context.cookies()
        if cookie["name"] == "jupyterhub-hub-login"
    }
    assert len(keys) == 2, keys  # one of the tab, one of the frame: it signed in by itself


@pytest.mark.parametrize("has_session", [False, True])
def test_without_the_providers_word_the_frame_shows_the_door(
    site: Site, wiki: str, elsewhere: str, page: Any, name: str, has_session: bool
) -> None:
    """Nobody is signed in there, or the browser keeps its cookies from the frames of others."""
    if has_session:
        come(page, site, name)
    page.goto(f"{elsewhere if has_session else wiki}/?{site.hub.url}/hub/start-lab")
    frame = page.frames[1]
    frame.wait_for_selector("text=Continue with the house account")
    assert "next=%2Fhub%2Fstart-lab" in frame.url
    assert frame.query_selector("[role=alert]") is None  # nothing went wrong
    assert frame.inner_text("#open-tab") == "Open in a tab"


def test_a_path_leads_to_no_other_page(site: Site, page: Any) -> None:
    answer = page.request.get(f"{site.hub.url}/hub/start-lab?path=../../../hub/admin")
    assert answer.status == 400
