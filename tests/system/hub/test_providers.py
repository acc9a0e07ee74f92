# SPDX-License-Identifier: Apache-2.0
"""Signing in by a real OpenID Connect provider (npm oidc-provider), beside local accounts."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from oidc_provider import Site, with_provider
from spinnlab.hub import keys

PATIENCE_S = 60


@pytest.fixture(scope="module")
def setup(make_hub: Callable[..., Any]) -> Iterator[Site]:
    more = 'groups_claim = "groups"\nallowed_groups = ["lab"]'
    with with_provider(make_hub, more) as site:
        yield site


def fill(session: requests.Session, page: requests.Response, **fields: str) -> requests.Response:
    """Posts the form that the provider shows."""
    action = re.search(r'action="([^"]+)"', page.text)
    assert action, page.text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    return session.post(action[1], data={**hidden, **fields}, timeout=PATIENCE_S)


def come(setup: Site, name: str, session: requests.Session | None = None) -> requests.Response:
    """The whole way: button, provider's form, consent, back to the hub."""
    session = session or requests.Session()
    door = session.get(f"{setup.hub.url}/hub/login", timeout=PATIENCE_S)
    assert "Continue with the house account" in door.text
    page = session.get(f"{setup.hub.url}/hub/oidc/house/oauth_login", timeout=PATIENCE_S)
    assert page.url.startswith(setup.issuer), page.url
    page = fill(session, page, login=name, password="x")
    if page.url.startswith(setup.issuer):  # consent
        page = fill(session, page)
    return page


def test_the_name_of_the_provider_becomes_the_persons(setup: Site) -> None:
    name = f"t{secrets.token_hex(4)}"
    setup.hub.people.append(name)
    session = requests.Session()
    page = come(setup, name, session)
    assert page.url.endswith("/hub/home") and f">{name}" in page.text.replace("</svg>", "</svg>>")
    page = come(setup, name)  # a second time, from another browser
    assert page.url.endswith("/hub/home")
    admin = setup.hub.person(setup.hub.people[0])
    admin.sign_in()
    people = admin.get("/hub/api/lab/admin").json()["people"]
    assert [(item["name"], item["way"]) for item in people if item["name"] == name] == [
        (name, "house")
    ]


def test_the_server_starts_for_somebody_of_the_provider(setup: Site) -> None:
    name = f"t{secrets.token_hex(4)}"
    setup.hub.people.append(name)
    person = setup.hub.person(name)
    come(setup, name, person.session)
    person.start()
    names = [item["name"] for item in person.api("GET", "contents/").json()["content"]]
    assert "SynfireExample.ipynb" in names


def test_who_is_in_no_allowed_group_is_told_so(setup: Site) -> None:
    page = come(setup, f"guest{secrets.token_hex(3)}")
    assert "/hub/login" in page.url
    assert "this hub is not open to that account" in page.text


def test_consent_that_is_denied_leads_back_to_the_door(setup: Site) -> None:
    session = requests.Session()
    page = session.get(f"{setup.hub.url}/hub/oidc/house/oauth_login", timeout=PATIENCE_S)
    page = fill(session, page, login="tdenied", password="x")
    abort = re.search(r'href="([^"]+/abort)"', page.text)
    assert abort, page.text
    page = session.get(requests.compat.urljoin(page.url, abort[1]), timeout=PATIENCE_S)
    assert "/hub/login" in page.url
    assert "was cancelled at the provider" in page.text


def test_a_sign_in_of_another_window_or_of_long_ago_is_no_error_page(setup: Site) -> None:
    page = requests.get(
        f"{setup.hub.url}/hub/oidc/house/oauth_callback?code=abc&state=old", timeout=PATIENCE_S
    )
    assert "/hub/login" in page.url and page.status_code == 200
    assert "took too long or was started in another window" in page.text


def test_a_local_name_is_not_taken_over_by_the_provider(setup: Site) -> None:
    name = f"t{secrets.token_hex(4)}"
    setup.hub.add(name)
    page = come(setup, name)
    assert "/hub/login" in page.url
    assert "Somebody else has this user name here" in page.text
    assert setup.hub.person(name).sign_in().url.endswith("/hub/home")


def test_a_provider_that_is_down_is_no_error_page(setup: Site, make_hub: Any) -> None:
    page = requests.get(
        f"{setup.hub.url}/hub/oidc/house/oauth_callback?error=server_error&state=x",
        timeout=PATIENCE_S,
    )
    assert "The provider did not confirm who you are" in page.text


def test_a_sample_secret_of_a_provider_is_refused(setup: Site) -> None:
    file = setup.hub.folder / "secrets" / "house"
    kept = keys.read_private(file)
    try:
        keys.write_private(file, "your-client-secret")
        result = setup.hub.command("check")
        assert result.returncode == 1
        assert "holds a sample" in result.stdout
    finally:
        keys.write_private(file, kept)
    assert file.stat().st_mode & 0o077 == 0


def test_a_blocked_name_does_not_come_back_by_the_provider(setup: Site) -> None:
    name = f"t{secrets.token_hex(4)}"
    setup.hub.people.append(name)
    come(setup, name)
    admin = setup.hub.person(setup.hub.people[0])
    admin.sign_in()
    began = time.monotonic()
    assert admin.post("/hub/api/lab/admin/block", {"name": name}).status_code == 200
    page = come(setup, name)
    assert "this hub is not open to that account" in page.text
    print(f"out after {time.monotonic() - began:.1f} s, sign-in included")
