# SPDX-License-Identifier: Apache-2.0
"""The hub's door: who comes in, who waits, who is locked out, who has to leave."""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any

import lab_hub
import pytest
import requests

Names = Callable[[], str]


def test_any_page_leads_to_the_door_and_back(hub: Any, new_name: Names) -> None:
    person = hub.person(new_name())
    page = person.get(f"/user/{person.name}/lab/tree/SynfireExample.ipynb")
    assert "/hub/login?next=" in page.url
    assert "Sign in" in page.text
    assert 'href="/hub/guide"' in page.text
    wanted = page.url.split("next=")[1]
    came = person.form(f"/hub/login?next={wanted}", username=person.name, password=person.password)
    assert person.name in came.url and "login" not in came.url


def test_a_wrong_password_says_how_many_tries_are_left_and_then_locks(
    hub: Any, new_name: Names
) -> None:
    person = hub.person(new_name())
    for left in (4, 3, 2, 1):
        page = person.form("/hub/login", username=person.name, password="wrong-wrong")
        assert page.status_code == 403
        assert re.search(rf"{left} (tries|try) left", page.text)
    page = person.form("/hub/login", username=person.name, password="wrong-wrong")
    assert "a pause of 10 minutes" in page.text
    page = person.sign_in()  # the right one does not help now
    assert "Wait 10 min" in page.text
    assert not person.is_signed_in()


def test_names_that_do_not_exist_get_the_same_answer(hub: Any) -> None:
    nobody = hub.person(f"t{secrets.token_hex(6)}")
    page = nobody.sign_in()
    assert "User name and password do not match. 4 tries left" in page.text


def test_an_account_waits_for_approval(hub: Any) -> None:
    name = f"t{secrets.token_hex(4)}"
    hub.people.append(name)
    person, admin = hub.person(name), hub.person(hub.people[0])
    fields = {"username": name, "password": person.password, "again": person.password}
    assert "The request is sent" in person.form("/hub/signup", **fields).text
    assert "is taken" in person.form("/hub/signup", **fields).text
    assert "has not approved this account yet" in person.sign_in().text
    admin.sign_in()
    overview = admin.get("/hub/api/lab/admin").json()
    assert name in overview["waiting"]
    assert admin.post("/hub/api/lab/admin/approve", {"name": name}).status_code == 200
    assert person.sign_in().url.endswith("/hub/home")


def test_the_administrators_name_cannot_be_signed_up(hub: Any) -> None:
    admin = hub.people[0]
    stranger = hub.person(admin)
    fields = {"username": admin, "password": "another long word", "again": "another long word"}
    assert "is taken" in stranger.form("/hub/signup", **fields).text


@pytest.mark.parametrize(
    ("password", "words"), [("short", "it needs 10 or more"), ("1234567890", "everybody tries")]
)
def test_a_weak_password_is_refused_with_the_reason(hub: Any, password: str, words: str) -> None:
    person = hub.person(f"t{secrets.token_hex(4)}")
    fields = {"username": person.name, "password": password, "again": password}
    assert words in person.form("/hub/signup", **fields).text


def test_posts_without_the_pages_token_are_refused(hub: Any, new_name: Names) -> None:
    admin, name = hub.person(hub.people[0]), new_name()
    admin.sign_in()
    for path in ("approve", "block", "remove", "announce", "quota", "code", "stop"):
        answer = admin.session.post(f"{hub.url}/hub/api/lab/admin/{path}", json={"name": name})
        assert answer.status_code == 403, path
    answer = admin.session.post(f"{hub.url}/hub/api/lab/admin/drain", json={"on": True})
    assert answer.status_code == 403
    answer = admin.session.post(f"{hub.url}/hub/api/lab/jobs/1/end", json={})
    assert answer.status_code == 403  # and not 404: the token is asked for first
    forms = {
        "logout": {"choice": "stop"},
        "password": {"old": admin.password, "password": "x" * 12, "again": "x" * 12},
        "signup": {"username": "tnobody", "password": "nine red foxes", "again": "nine red foxes"},
        "login": {"username": name, "password": admin.password},
    }
    for path, fields in forms.items():
        for session in (admin.session, requests.Session()):
            answer = session.post(f"{hub.url}/hub/{path}", data=fields, timeout=60)
            assert answer.status_code == 403, path
    assert admin.is_signed_in()
    overview = admin.get("/hub/api/lab/admin").json()
    assert not overview["draining"]
    assert "tnobody" not in [person["name"] for person in overview["people"]]
    assert hub.person(admin.name).sign_in().url.endswith("/hub/home")  # with the same password
    assert hub.person(name).sign_in().url.endswith("/hub/home")


def test_the_administrators_page_is_for_administrators(hub: Any, new_name: Names) -> None:
    person = hub.person(new_name())
    person.sign_in()
    for path in ("/hub/admin", "/hub/api/lab/admin"):
        assert person.get(path).status_code == 403
    assert person.post("/hub/api/lab/admin/announce", {"text": "x"}).status_code == 403


def test_a_blocked_person_is_out_at_once(hub: Any, new_name: Names) -> None:
    person, admin = hub.person(new_name()), hub.person(hub.people[0])
    person.sign_in()
    assert person.is_signed_in()
    admin.sign_in()
    began = time.monotonic()
    assert admin.post("/hub/api/lab/admin/block", {"name": person.name}).status_code == 200
    assert not person.is_signed_in()
    print(f"out after {time.monotonic() - began:.2f} s")
    person.sign_in()
    assert not person.is_signed_in()
    assert admin.post("/hub/api/lab/admin/approve", {"name": person.name}).status_code == 200
    person.sign_in()
    assert person.is_signed_in()


def test_an_announcement_is_seen_by_all(hub: Any, new_name: Names) -> None:
    admin, person = hub.person(hub.people[0]), hub.person(new_name())
    admin.sign_in()
    text = "Maintenance <b>tonight</b>"
    assert admin.post("/hub/api/lab/admin/announce", {"text": text}).status_code == 200
    person.sign_in()
    page = person.get("/hub/home").text
    assert "Maintenance &lt;b&gt;tonight" in page
    admin.post("/hub/api/lab/admin/announce", {"text": ""})


def test_the_door_shows_the_machine_without_names(hub: Any) -> None:
    shown = hub.person("nobody").get("/hub/api/lab/machine").json()
    assert set(shown) == {"machines", "at_work", "boards"}
    assert shown["boards"] == 120


def test_pages_may_not_be_framed_and_run_no_script_of_others(hub: Any) -> None:
    for path in ("/hub/login", "/hub/signup"):
        policy = hub.person("nobody").get(path).headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'self'" in policy and "unsafe-inline'; object" in policy
        assert "script-src" not in policy  # scripts fall under default-src: ours only


def test_the_password_is_changed_by_its_owner(hub: Any, new_name: Names) -> None:
    person = hub.person(new_name())
    person.sign_in()
    fields = {"old": "wrong-wrong", "password": "nine red foxes ran", "again": "nine red foxes ran"}
    assert "do not match" in person.form("/hub/password", **fields).text
    fields["old"] = person.password
    assert "The password is changed" in person.form("/hub/password", **fields).text
    again = hub.person(person.name)
    again.password = "nine red foxes ran"
    assert again.sign_in().url.endswith("/hub/home")


def test_secrets_are_in_no_log(hub: Any, new_name: Names) -> None:
    person = hub.person(new_name())
    person.sign_in()
    folder = hub.folder / "secrets"
    hidden = [file.read_text().strip() for file in folder.iterdir() if file.suffix != ".json"]
    for service in ("hub", "proxy", "spallocd"):
        log = hub.log(service)
        for secret in (*hidden, person.password):
            assert secret not in log


def test_the_hub_listens_on_this_computer_only(hub: Any) -> None:
    port = int(hub.url.rsplit(":", 1)[1])
    own = lab_hub.address_of_this_computer()
    if not own:
        pytest.skip("this computer has no other address")
    for number in range(port, port + 3):
        with pytest.raises(OSError), socket.create_connection((own, number), timeout=2):
            pass


def test_a_sample_secret_keeps_the_hub_from_starting(hub: Any, tmp_path: Any) -> None:
    from spinnlab.hub import keys

    made = type(hub)(tmp_path / "hub", "")
    words = [] if os.geteuid() == 0 else ["--demo"]
    assert made.command("init", "--port", "39000", *words).returncode == 0
    keys.write_private(made.folder / "secrets" / "proxy_token", "changeme\n")
    result = made.command("start")
    assert result.returncode == 1
    assert "holds a sample, no secret" in result.stderr
