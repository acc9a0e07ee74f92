# SPDX-License-Identifier: Apache-2.0
"""The administrator's page in Chromium: every button does what it says."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from spinnlab.hub import keys
from steps import fill_door, picture, sign_in

pytest.importorskip("playwright.sync_api", reason="make e2e installs it")
pytestmark = pytest.mark.browser


@pytest.fixture
def page(hub: Any, new_page: Callable[..., Any]) -> Any:
    """The page Administration, opened by an administrator."""
    page = new_page(viewport={"width": 1440, "height": 1000})
    sign_in(page, hub, hub.people[0])
    page.goto(f"{hub.url}/hub/admin")
    page.wait_for_selector("#people tr")
    return page


@pytest.fixture
def person(hub: Any, new_name: Callable[[], str]) -> Any:
    person = hub.person(new_name())
    person.sign_in()
    return person


def row(page: Any, person: Any) -> Any:
    found = page.locator("#people tr").filter(has=page.locator(f"td:text-is('{person.name}')"))
    found.wait_for()
    return found


def press(page: Any, person: Any, word: str) -> None:
    row(page, person).get_by_role("button", name=word, exact=True).click()


def test_a_share_is_set_and_counts(page: Any, person: Any, wait: Callable[..., float]) -> None:
    press(page, person, "Share")
    assert page.input_value("#share-boards") == "24"  # as everybody
    page.fill("#share-boards", "3")
    page.fill("#share-board_seconds", "3600")
    page.fill("#share-priority", "-2")
    picture(page, "admin-share")
    page.click("#share-yes")
    page.wait_for_selector("#share", state="hidden")
    wait(lambda: person.get("/hub/api/lab/me").json()["share"]["boards_allowed"] == 3)
    share = person.get("/hub/api/lab/me").json()["share"]
    assert (share["boards_allowed"], share["jobs_allowed"]) == (3, 4)
    press(page, person, "Share")
    shown = [page.input_value(f"#share-{key}") for key in ("boards", "board_seconds", "priority")]
    assert [float(text) for text in shown] == [3, 3600, -2]
    # Emptied: as everybody again. What is no number is said, and changes nothing.
    page.fill("#share-boards", "")
    page.click("#share-yes")
    page.wait_for_selector("#share", state="hidden")
    wait(lambda: person.get("/hub/api/lab/me").json()["share"]["boards_allowed"] == 24)
    press(page, person, "Share")
    page.fill("#share-jobs", "many")
    page.click("#share-yes")
    page.wait_for_selector('#needs >> text="many" will not do for jobs.')
    assert person.get("/hub/api/lab/me").json()["share"]["jobs_allowed"] == 4


def test_a_server_is_stopped_and_its_log_is_shown(
    page: Any, person: Any, wait: Callable[..., float]
) -> None:
    press(page, person, "Log")
    page.wait_for_selector("#log-text >> text=No server of this person was started yet.")
    page.click("#log button")
    person.start()
    row(page, person).locator("text=server running").wait_for()
    press(page, person, "Log")
    page.wait_for_selector(f"#log-text >> text=/user/{person.name}/")
    picture(page, "admin-log")
    assert person.token not in page.inner_text("#log-text")
    page.click("#log button")
    press(page, person, "Stop server")
    row(page, person).locator("text=server running").wait_for(state="hidden")
    assert person.get("/hub/api/lab/me").json()["server"] is False
    assert person.is_signed_in()


def test_an_announcement_is_read_by_who_comes(
    page: Any, hub: Any, new_page: Callable[..., Any]
) -> None:
    page.fill("#announcement", "The machine rests <i>on Sunday</i>.")
    page.click("#announce button[type=submit]")
    page.wait_for_selector("#announcement:not([data-edited])")
    reader = new_page()
    reader.goto(f"{hub.url}/hub/login")
    reader.wait_for_selector(".msg >> text=The machine rests <i>on Sunday</i>.")
    page.fill("#announcement", "")
    page.click("#announce button[type=submit]")
    page.wait_for_selector("#announcement:not([data-edited])")
    reader.reload()
    assert "The machine rests" not in reader.content()


def test_somebody_is_blocked_and_let_in_again(page: Any, person: Any) -> None:
    press(page, person, "Block")
    row(page, person).locator("text=blocked").wait_for()
    assert not person.is_signed_in()
    press(page, person, "Approve")
    row(page, person).locator("text=blocked").wait_for(state="hidden")
    person.sign_in()
    assert person.is_signed_in()


def test_somebody_is_removed_after_a_question(page: Any, person: Any) -> None:
    press(page, person, "Remove")
    page.click("#ask >> text=Leave it")
    page.wait_for_selector("#ask", state="hidden")
    assert person.is_signed_in()
    press(page, person, "Remove")
    page.click("#ask-yes")
    page.locator("#people tr").filter(
        has=page.locator(f"td:text-is('{person.name}')")
    ).wait_for(state="detached")  # fmt: skip
    assert not person.is_signed_in()


def test_the_hub_is_drained_and_filled_again(
    page: Any, hub: Any, person: Any, new_name: Callable[[], str], new_page: Callable[..., Any]
) -> None:
    working = hub.person(new_name())
    working.sign_in()
    working.start()
    page.click("#drain")
    page.click("#ask-yes")
    page.wait_for_selector("#needs >> text=No new servers start")
    picture(page, "admin-drained")
    other = new_page()
    sign_in(other, hub, person.name)
    other.wait_for_selector(".msg >> text=maintenance is near")
    other.click("#open-lab")
    other.wait_for_selector("[role=alert] >> text=This hub takes no new servers at the moment")
    assert working.api("GET", "status").status_code == 200
    page.click("#drain")
    page.wait_for_selector("#needs >> text=No new servers start", state="detached")
    other.goto(f"{hub.url}/hub/home")
    other.click("#open-lab")
    other.wait_for_selector(".jp-DirListing-item >> text=SynfireExample.ipynb", timeout=120_000)


def test_with_a_code_from_the_page_people_sign_up_by_themselves(
    make_hub: Callable[..., Any], new_page: Callable[..., Any]
) -> None:
    """`sign_up = "code"`: the code is asked for, an old or invented one is not taken."""
    hub = make_hub(edit=lambda text: text.replace('"approval"', '"code"', 1))
    page = new_page()
    sign_in(page, hub, hub.people[0])
    page.goto(f"{hub.url}/hub/admin")
    page.click("#new-code")
    page.wait_for_selector("#ask[open]")
    code = page.inner_text("#ask-text").split()[0]
    picture(page, "admin-code")
    page.click("#ask-yes")
    made = hub.command("code", "--days", "1")
    assert made.returncode == 0, made.stderr

    spent = keys.new_sign_up_code(hub.folder, -1)
    for given, works in ((spent, False), ("AAAA-BBBB-CCCC", False), (code, True),
                         (made.stdout.strip().lower(), True)):  # fmt: skip
        name = f"t{secrets.token_hex(4)}"
        visitor = new_page()
        visitor.goto(f"{hub.url}/hub/signup")
        for field, text in (("username", name), ("password", "nine red foxes"),
                            ("again", "nine red foxes"), ("code", given)):  # fmt: skip
            visitor.fill(f"#{field}", text)
        visitor.click("button[type=submit]")
        if not works:
            visitor.wait_for_selector("[role=alert] >> text=is not known or has expired")
            continue
        hub.people.append(name)
        visitor.wait_for_selector("h1 >> text=The account is made")
        visitor.click("a >> text=Sign in")
        fill_door(visitor, name, "nine red foxes")
        visitor.wait_for_selector("#open-lab")
