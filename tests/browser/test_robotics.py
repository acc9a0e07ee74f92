# SPDX-License-Identifier: Apache-2.0
"""From the Launcher's tile to the robotics platform's page, on one's own computer."""

from __future__ import annotations

from typing import Any

import pytest
from notebook_site import Site, picture, sync_api


@pytest.fixture
def site(
    serve: Any, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Site:
    # Short: a socket is in it.
    monkeypatch.setenv("SPINNLAB_RUNTIME_DIR", str(tmp_path_factory.mktemp("r") / "run"))
    made: Site = serve(command="lab")
    return made


def test_the_tile_opens_the_form_and_the_form_the_platform(context: Any, site: Site) -> None:
    lab = context.new_page()
    lab.goto(site.page("/lab"))
    card = lab.locator(".jp-LauncherCard", has_text="Neurorobotics")
    if card.count() == 0:
        lab.get_by_role("button", name="New Launcher").first.click()
    with context.expect_page() as opened:
        card.click()
    page = opened.value
    page.wait_for_url("**/proxy/9000/#/esv-private")
    expect = sync_api.expect
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    picture(page, "robotics-sign-in")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("User name or password is wrong.")).to_be_visible()
    page.keyboard.type("password")  # the wrong one is selected
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The robotics platform is running")).to_be_visible()
    expect(page.get_by_text("There are no experiments yet")).to_be_visible()
    picture(page, "robotics-home")
    page.reload()
    expect(page.get_by_role("heading", name="The robotics platform is running")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_page_without_a_platform_offers_to_start_it(context: Any, site: Site) -> None:
    page = context.new_page()
    page.goto(site.page("/tree"))
    page.goto(f"{site.address}/proxy/9000")  # the slash is for us to add
    sync_api.expect(page.get_by_role("heading", name="is not running")).to_be_visible()
    picture(page, "robotics-not-running")
    page.get_by_role("button", name="Start it").click()
    page.wait_for_url("**/proxy/9000/#/esv-private")
    sync_api.expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
