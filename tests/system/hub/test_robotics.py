# SPDX-License-Identifier: Apache-2.0
"""3.1a: the robotics platform behind a person's notebook server, and behind nobody else's."""

from __future__ import annotations

import json
import os
import pwd
import time
from pathlib import Path
from typing import Any

import pytest
import websocket
from person import PATIENCE_S, Person
from ports_of import listening
from steps import AXE, look, picture, sign_in

PAGE = "/user/{}/proxy/9000/"
FORM = {"user": "nrpuser", "password": "password"}


class Terminal:
    """A terminal of a person's server."""

    def __init__(self, person: Person) -> None:
        name = person.api("POST", "terminals").json()["name"]
        url = person.url.replace("http", "ws", 1)
        self.socket = websocket.create_connection(
            f"{url}/user/{person.name}/terminals/websocket/{name}",
            header=[f"Authorization: token {person.token}"],
            timeout=PATIENCE_S,
        )

    def type(self, text: str) -> None:
        self.socket.send(json.dumps(["stdin", text]))

    def until(self, text: str) -> str:
        """Everything that it shows up to this."""
        shown = ""
        end = time.monotonic() + PATIENCE_S
        while text not in shown:
            assert time.monotonic() < end, shown
            kind, *said = json.loads(self.socket.recv())
            shown += said[0] if kind == "stdout" else ""
        return shown


def change(person: Person, method: str, path: str, value: Any = None, token: bool = True) -> Any:
    """A request as the platform's page makes it, with the cookies of the person's browser."""
    page = PAGE.format(person.name)
    cookies = [c for c in person.session.cookies if c.name == "_xsrf" and "/user/" in c.path]
    headers = {"X-XSRFToken": cookies[0].value} if token and cookies else {}
    return person.session.request(
        method, person.url + page + path, json=value, headers=headers, timeout=PATIENCE_S
    )


@pytest.fixture(scope="module")
def ada(hub: Any, new_name: Any) -> Person:
    person = hub.person(new_name())
    person.sign_in()
    person.start()
    return person


@pytest.fixture
def eve(hub: Any, new_name: Any) -> Person:
    person = hub.person(new_name())
    person.sign_in()
    return person


def test_the_seeds_commands_and_form_work_in_a_terminal_and_a_browser(ada: Person) -> None:
    page = PAGE.format(ada.name)
    before = ada.get(page, headers={"Accept": "text/html"})
    assert before.status_code == 503 and "not running" in before.text
    terminal = Terminal(ada)
    began = time.monotonic()
    terminal.type("cle-nginx\r")
    said = terminal.until("/#/esv-private")
    assert "is ready: http" in said and f"{page}#/esv-private" in said
    terminal.type("cle-start\r")
    terminal.until("Ctrl-C leaves it running")
    print(f"cle-nginx and cle-start took {time.monotonic() - began:.1f} s (limit 5 each)")
    assert time.monotonic() - began < 5 * 10.0
    shown = ada.get(page, headers={"Accept": "text/html"})
    assert shown.status_code == 200 and "static/robotics.js" in shown.text
    for path in ("static/robotics.js", "shared/tokens.css"):
        assert ada.get(page + path).status_code == 200, path
    assert not ada.get(f"{page}api/v1/session").json()["signed_in"]
    assert change(ada, "POST", "api/v1/session", {**FORM, "password": "x"}).status_code == 401
    answer = change(ada, "POST", "api/v1/session", FORM)
    assert answer.status_code == 204, answer.text
    [cookie] = [c for c in ada.session.cookies if c.name == "spinnlab-robotics"]
    assert cookie.path == page  # other people's pages of the site do not get it
    assert ada.get(f"{page}api/v1/session").json()["signed_in"]
    terminal.type("\x03")
    terminal.type("cle-kill\r")
    terminal.until("is stopped")
    assert ada.get(f"{page}api/v1/session").status_code == 503
    terminal.socket.close()


def test_nobody_else_reaches_it(ada: Person, eve: Person, hub: Any) -> None:
    assert ada.api("POST", "spinnlab/robotics").json()["running"]["port"] == 0
    page = PAGE.format(ada.name)
    assert ada.get(page).status_code == 200
    for path in (page, f"{page}api/v1/session", page[:-1]):
        assert eve.get(path).status_code == 403, path
    assert eve.get(f"/user/{ada.name}/api/spinnlab/robotics").status_code == 403
    if os.geteuid() == 0:  # else all are one Unix user
        assert listening(pwd.getpwnam(f"jupyter-{ada.name}").pw_uid) == []


def test_changes_need_the_token_of_the_server(ada: Person) -> None:
    ada.api("POST", "spinnlab/robotics")
    ada.get(PAGE.format(ada.name))
    assert change(ada, "POST", "api/v1/session", FORM, token=False).status_code == 403
    assert change(ada, "POST", "api/v1/session", FORM).status_code == 204


def test_no_other_port_of_the_computer_is_shown(ada: Person, hub: Any) -> None:
    for path in (f"proxy/{hub.url.rpartition(':')[2]}/", "proxy/22/", "proxy/absolute/9000/"):
        assert ada.get(f"/user/{ada.name}/{path}").status_code == 404, path


def test_a_path_arrives_as_it_was_sent(ada: Person) -> None:
    ada.api("POST", "spinnlab/robotics")
    page = PAGE.format(ada.name)
    assert ada.get(f"{page}static/robotics%2Ecss").status_code == 200
    for path in ("static/a%20b%3Fc", "static/%2e%2e/application.py", "static/ä"):
        assert ada.get(page + path).status_code == 404, path


def test_its_answers_say_who_may_frame_them(ada: Person) -> None:
    ada.api("POST", "spinnlab/robotics")
    said = ada.get(PAGE.format(ada.name)).headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in said and "default-src 'self'" in said


def test_it_ends_with_the_persons_server(ada: Person) -> None:
    ada.api("POST", "spinnlab/robotics")
    for _ in range(2):  # the second has nothing to stop
        assert ada.api("DELETE", "spinnlab/robotics").json() == {"running": None}
    pid = ada.api("POST", "spinnlab/robotics").json()["running"]["pid"]
    ada.session.delete(
        f"{ada.url}/hub/api/users/{ada.name}/server", headers={"X-XSRFToken": ada.xsrf()}
    )
    end = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < end
        time.sleep(0.1)
    ada.start()
    assert ada.api("GET", "spinnlab/robotics").json() == {"running": None}


@pytest.mark.browser
def test_in_a_browser_the_page_starts_signs_in_and_is_nobody_elses(
    hub: Any, new_name: Any, new_page: Any
) -> None:
    name, other = new_name(), new_name()
    page = new_page()
    sign_in(page, hub, name)
    page.goto(f"{hub.url}/hub/spawn/{name}")
    page.wait_for_url(f"**/user/{name}/**")
    page.goto(f"{hub.url}{PAGE.format(name)}#/esv-private")
    page.get_by_role("button", name="Start it").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.get_by_label("Password").fill(FORM["password"])
    picture(page, "robotics-form")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="The robotics platform is running").wait_for()
    assert page.url == f"{hub.url}{PAGE.format(name)}#/esv-private"
    stranger = new_page()
    sign_in(stranger, hub, other)
    answer = stranger.goto(f"{hub.url}{PAGE.format(name)}")
    assert answer.status == 403
    picture(stranger, "robotics-of-another")


@pytest.mark.browser
@pytest.mark.skipif(not AXE.exists(), reason="make e2e installs axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_its_pages_are_readable_by_all(
    ada: Person, hub: Any, new_page: Any, scheme: str, width: int
) -> None:
    ada.api("DELETE", "spinnlab/robotics")
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    name = f"{scheme}-{width}"
    sign_in(page, hub, ada.name)
    page.goto(f"{hub.url}{PAGE.format(ada.name)}")
    told = look(page, f"robotics-not-running-{name}")
    page.keyboard.press("Enter")  # the button has the focus
    page.get_by_role("heading", name="Sign in").wait_for()
    page.keyboard.type("wrong\n")  # and so has the field
    page.get_by_role("alert").filter(has_text="is wrong").wait_for()
    told += look(page, f"robotics-form-{name}")
    page.keyboard.type("password\n")
    page.get_by_role("heading", name="The robotics platform is running").wait_for()
    told += look(page, f"robotics-home-{name}")
    assert not told, "\n".join(told)
