# SPDX-License-Identifier: Apache-2.0
"""Log out in Chromium while a run is going on: stay, leave it running, or stop all."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from spinnlab.hub import unix_users
from steps import picture, sign_in

pytest.importorskip("playwright.sync_api", reason="make e2e installs it")
pytestmark = pytest.mark.browser

LONG_RUN = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(2000, sim.IF_curr_exp(i_offset=1.0))
cells.record('spikes')
sim.run(100000000)
"""


@dataclass
class Computing:
    """Somebody with a run that does not end by itself."""

    person: Any

    def runs(self) -> int:
        state = self.person.get("/hub/api/lab/me").json()
        assert "problem" not in state, state
        return len(state["runs"])

    def has_server(self) -> bool:
        return bool(self.person.get("/hub/api/lab/me").json()["server"])

    def processes(self) -> list[int]:
        if os.geteuid() != 0:
            return []
        return unix_users.processes(pwd.getpwnam(unix_users.unix_name(self.person.name)).pw_uid)


@pytest.fixture
def computing(
    hub: Any, new_name: Callable[[], str], wait: Callable[..., float]
) -> Iterator[Computing]:
    person = hub.person(new_name())
    person.sign_in()
    person.start()
    body = {
        "path": "Long.ipynb", "name": "Long.ipynb", "type": "notebook",
        "kernel": {"name": "spynnaker"},
    }  # fmt: skip
    answer = person.api("POST", "sessions", json=body)
    assert answer.status_code == 201, answer.text
    kernel = person.kernel(answer.json()["kernel"]["id"])
    kernel.begin(LONG_RUN)
    made = Computing(person)
    wait(lambda: made.runs() == 1)
    yield made
    person.form("/hub/logout", choice="stop")


def is_signed_in(page: Any) -> bool:
    return any(cookie["name"] == "jupyterhub-hub-login" for cookie in page.context.cookies())


def test_the_hubs_page_asks_what_becomes_of_a_run(
    hub: Any, computing: Computing, new_page: Callable[..., Any], wait: Callable[..., float]
) -> None:
    page = new_page()
    sign_in(page, hub, computing.person.name)
    page.click("#logout")
    page.wait_for_selector("h1 >> text=Something of yours is computing")
    picture(page, "log-out")
    page.click("text=Stay signed in")
    page.wait_for_selector("#open-lab")
    assert computing.runs() == 1

    page.click("#logout")
    page.click("text=Log out, keep running")
    page.wait_for_selector("text=You are signed out.")
    assert not is_signed_in(page)
    assert computing.runs() == 1 and computing.has_server()

    sign_in(page, hub, computing.person.name)
    page.wait_for_selector("#runs >> text=computing")  # and there it is again
    page.click("#logout")
    page.click("text=Stop all and log out")
    page.wait_for_selector("text=You are signed out.")
    wait(lambda: not computing.has_server(), 20)
    assert computing.runs() == 0 and computing.processes() == []


def test_logout_at_the_top_right_of_jupyter_notebook(
    hub: Any, computing: Computing, new_page: Callable[..., Any], wait: Callable[..., float]
) -> None:
    page = new_page()
    sign_in(page, hub, computing.person.name)
    page.click("#open-notebook")
    button = page.get_by_role("button", name="Logout", exact=True)
    box = button.bounding_box(timeout=60_000)
    picture(page, "notebook-logout")
    # At the top, and nothing is farther right.
    right = page.evaluate(
        "() => Math.max(...[...document.querySelectorAll('#top-panel *')]"
        ".filter(found => found.matches('button, a, img, svg') && found.checkVisibility())"
        ".map(found => found.getBoundingClientRect().right))"
    )
    assert box["y"] < 60 and box["x"] > 1000, box
    assert right == pytest.approx(box["x"] + box["width"], abs=1)
    button.click()
    page.wait_for_selector(".jp-Dialog >> text=One run is going on")
    page.get_by_role("button", name="Stay", exact=True).click()
    assert computing.runs() == 1

    button.click()
    page.get_by_role("button", name="Keep running, log out").click()
    page.wait_for_selector("text=You are signed out.")
    assert not is_signed_in(page)
    assert computing.runs() == 1 and computing.has_server()
    # The notebook server's own session is over, too.
    page.goto(f"{hub.url}/user/{computing.person.name}/tree")
    page.wait_for_selector("#username")

    sign_in(page, hub, computing.person.name)
    page.click("#open-notebook")
    button.click()
    page.get_by_role("button", name="Stop it, log out").click()
    page.wait_for_selector("text=You are signed out.")
    wait(lambda: not computing.has_server(), 20)
    assert computing.runs() == 0 and computing.processes() == []
