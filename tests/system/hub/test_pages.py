# SPDX-License-Identifier: Apache-2.0
"""The hub's pages as people see them: in both themes, by keyboard alone, with a screen reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from steps import AXE, look, sign_in

pytest.importorskip("playwright.sync_api", reason="make e2e installs it")
pytestmark = pytest.mark.browser


@pytest.mark.skipif(not AXE.exists(), reason="make e2e installs axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_every_page_is_readable_by_all(
    hub: Any, new_page: Callable[..., Any], new_name: Callable[[], str], scheme: str, width: int
) -> None:
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    name = f"{scheme}-{width}"
    told: list[str] = []
    page.goto(f"{hub.url}/hub/login")
    page.wait_for_selector("#now:not([hidden])", state="attached")
    told += look(page, f"sign-in-{name}")
    page.fill("#username", "nobody-known")
    page.fill("#password", "wrong")
    page.click("button[type=submit]")
    page.wait_for_selector("[role=alert]")
    told += look(page, f"sign-in-problem-{name}")
    page.goto(f"{hub.url}/hub/signup")
    told += look(page, f"sign-up-{name}")
    page.goto(f"{hub.url}/hub/guide")
    told += look(page, f"guide-{name}")
    page.goto(f"{hub.url}/hub/spalloc")
    told += look(page, f"boards-service-{name}")
    admin = hub.people[0]
    sign_in(page, hub, admin)
    told += look(page, f"home-{name}")
    for path in ("password", "token", "nothing-here"):
        page.goto(f"{hub.url}/hub/{path}")
        told += look(page, f"{path}-{name}")
    new_name()  # somebody is in the list
    page.goto(f"{hub.url}/hub/admin")
    page.wait_for_selector("table tbody tr")
    told += look(page, f"admin-{name}")
    page.locator("#people tr button", has_text="Share").first.click()
    page.wait_for_selector("#share[open]")
    told += look(page, f"admin-share-{name}")
    page.click("#share [data-close]")
    page.locator("#people tr button", has_text="Log").first.click()
    page.wait_for_selector("#log[open]")
    told += look(page, f"admin-log-{name}")
    assert not told, "\n".join(told)


def _focus(page: Any, selector: str) -> None:
    """Tab until the element has the focus, and shows it."""
    for _ in range(60):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            break
        page.keyboard.press("Tab")
    else:
        raise AssertionError(f"Tab does not reach {selector}")
    seen = page.evaluate(
        """() => {
            const style = getComputedStyle(document.activeElement);
            return style.boxShadow !== 'none' || parseFloat(style.outlineWidth) > 0;
        }"""
    )
    assert seen, f"nobody sees that {selector} has the focus"


def test_in_and_out_by_keyboard_alone(
    hub: Any, new_page: Callable[..., Any], new_name: Callable[[], str]
) -> None:
    name = new_name()
    page = new_page()
    page.goto(f"{hub.url}/hub/login")
    # The cursor stands where one begins to type.
    assert page.evaluate("document.activeElement.id") == "username"
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(hub.person(name).password)
    page.keyboard.press("Enter")
    page.wait_for_selector("#open-lab")
    _focus(page, "#open-notebook")
    page.keyboard.press("Enter")
    page.wait_for_selector(".jp-DirListing-item >> text=SynfireExample.ipynb")
    page.goto(f"{hub.url}/hub/home")
    page.wait_for_selector("#open-lab")
    _focus(page, "#logout")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hub/log*")
    assert not [c for c in page.context.cookies() if c["name"] == "jupyterhub-hub-login"]


def test_the_dark_theme_is_dark(hub: Any, new_page: Callable[..., Any]) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        page = new_page(color_scheme=scheme)
        page.goto(f"{hub.url}/hub/login")
        colours[scheme] = page.evaluate(
            "getComputedStyle(document.documentElement).backgroundColor"
        )
    brightness = {
        scheme: sum(int(part) for part in colour[4:-1].split(",")[:3])
        for scheme, colour in colours.items()
    }
    assert brightness["light"] > 600 > 200 > brightness["dark"], colours
