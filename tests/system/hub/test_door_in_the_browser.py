# SPDX-License-Identifier: Apache-2.0
"""The way in, in Chromium: the guide, sign-up, approval, sign-in, too many wrong passwords."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from lab_hub import PASSWORD
from steps import fill_door, picture, sign_in

pytest.importorskip("playwright.sync_api", reason="make e2e installs it")
pytestmark = pytest.mark.browser


def test_the_guide_is_a_click_away_before_one_has_an_account(
    hub: Any, new_page: Callable[..., Any]
) -> None:
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{hub.url}/hub/home")
    page.click("#guide")
    page.wait_for_selector("h1 >> text=How to use this hub")
    picture(page, "guide")
    text = page.inner_text("main")
    # With this hub's own numbers.
    assert "24 boards in 4 jobs at once" in text
    assert "4.0 GiB of memory, 2 cores and 10.0 GiB on disk" in text
    assert "After 5 wrong passwords a name is locked for 10 minutes" in text
    # Everything comes from the hub: it is read without the internet, too.
    assert all(url.startswith(hub.url) for url in asked), asked
    page.click("main >> text=Sign in")
    page.wait_for_selector("#username")


def test_sign_up_approval_sign_in_and_the_lock(hub: Any, new_page: Callable[..., Any]) -> None:
    name = f"t{secrets.token_hex(4)}"
    hub.people.append(name)
    visitor, admin = new_page(), new_page(viewport={"width": 1440, "height": 1000})
    visitor.goto(f"{hub.url}/hub/login")
    visitor.click("text=Request an account")
    for field, text in (("username", name), ("password", PASSWORD), ("again", PASSWORD)):
        visitor.fill(f"#{field}", text)
    visitor.click("button[type=submit]")
    visitor.wait_for_selector("h1 >> text=The request is sent")
    visitor.click("a >> text=Sign in")
    fill_door(visitor, name, PASSWORD)
    visitor.wait_for_selector("[role=alert] >> text=has not approved this account yet")

    sign_in(admin, hub, hub.people[0])
    admin.goto(f"{hub.url}/hub/admin")
    asks = admin.locator("#needs li").filter(has_text=f"{name} asks for an account")
    asks.get_by_role("button", name="Approve").click()
    asks.wait_for(state="detached")

    fill_door(visitor, name, PASSWORD)
    visitor.wait_for_selector("#open-lab")
    visitor.click("#logout")
    visitor.wait_for_selector("text=You are signed out.")

    for left in ("4 tries left", "3 tries left", "2 tries left", "1 try left"):
        fill_door(visitor, name, "a wrong password")
        visitor.wait_for_selector(f"#problem >> text={left}")
        assert visitor.input_value("#username") == name  # and only the password is typed again
    fill_door(visitor, name, "a wrong password")
    visitor.wait_for_selector("#problem >> text=Now there is a pause of 10 minutes")
    fill_door(visitor, name, PASSWORD)
    visitor.wait_for_selector(
        "#problem >> text=Too many wrong passwords for this name. Wait 10 min"
    )
    picture(visitor, "locked")
    # Somebody else signs in meanwhile.
    sign_in(new_page(), hub, hub.people[0])


def test_after_the_door_one_is_where_one_wanted_to_go(
    hub: Any, new_page: Callable[..., Any], new_name: Callable[[], str]
) -> None:
    name = new_name()
    page = new_page()
    page.goto(f"{hub.url}/hub/start-lab?path=SynfireExample.ipynb")
    fill_door(page, name, hub.person(name).password)
    page.wait_for_selector(".jp-Toolbar-kernelName >> text=sPyNNaker", timeout=120_000)
    assert page.url.endswith(f"/user/{name}/lab/tree/SynfireExample.ipynb")
