# SPDX-License-Identifier: Apache-2.0
"""A hub with a certificate, and a name for everybody's server: what crosses the network."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import lab_hub
import pytest
import requests

HOST = "lab.localhost"


@dataclass
class Named:
    """The hub, its certificate, and the port of plain HTTP."""

    hub: Any
    certificate: str
    plain_port: int


@pytest.fixture(scope="module")
def named(make_hub: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Named:
    files = lab_hub.certificate(tmp_path_factory.mktemp("named"), f"DNS:{HOST}", f"DNS:*.{HOST}")
    plain_port = lab_hub.free_ports()
    tls = ("--tls", "certificate", "--certificate", files[0], "--key", files[1], "--host", HOST)

    def settings(text: str) -> str:
        more = f"[site]\nredirect_port = {plain_port}\nsubdomains = true"
        return text.replace("[site]", more)

    hub = make_hub(tls=tls, edit=settings)
    hub.url = f"https://{HOST}:{urlsplit(hub.url).port}"
    return Named(hub, files[0], plain_port)


@pytest.fixture(autouse=True)
def names_lead_here(named: Named, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every name below the host is this computer, and the certificate is trusted."""
    ask = socket.getaddrinfo

    def answer(host: Any, *words: Any, **options: Any) -> Any:
        here = isinstance(host, str) and (host == HOST or host.endswith(f".{HOST}"))
        return ask("127.0.0.1" if here else host, *words, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    for variable in ("REQUESTS_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE"):
        monkeypatch.setenv(variable, named.certificate)
    yield


def test_plain_http_leads_to_https(named: Named) -> None:
    answer = requests.get(
        f"http://{HOST}:{named.plain_port}/hub/login?next=%2Fhub%2Fhome",
        allow_redirects=False, timeout=60,
    )  # fmt: skip
    assert answer.status_code in (301, 302, 307, 308)
    assert answer.headers["Location"] == f"{named.hub.url}/hub/login?next=%2Fhub%2Fhome"


def test_browsers_are_told_to_stay_with_tls(named: Named) -> None:
    answer = requests.get(f"{named.hub.url}/hub/login", timeout=60)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(named: Named, version: ssl.TLSVersion) -> None:
    def connect(newest: ssl.TLSVersion) -> str | None:
        context = ssl.create_default_context(cafile=named.certificate)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = newest
        context.set_ciphers("ALL:@SECLEVEL=0")  # or this side would refuse by itself
        address = (HOST, urlsplit(named.hub.url).port)
        with (
            socket.create_connection(address, timeout=60) as plain,
            context.wrap_socket(plain, server_hostname=HOST) as secure,
        ):
            return secure.version()

    assert connect(ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(version)


def test_the_service_for_boards_is_at_the_hubs_name_alone(named: Named) -> None:
    """The proxy goes by names: of the host, and of everybody's server."""
    port = urlsplit(named.hub.url).port
    asked = requests.get(f"{named.hub.url}/hub/spalloc/srv/spalloc/", timeout=60)
    assert (asked.status_code, "sign in first" in asked.text) == (401, True)
    other = f"https://tsite.{HOST}:{port}/hub/spalloc/srv/spalloc/"
    assert "sign in first" not in requests.get(other, timeout=60).text


def test_everybodys_server_has_a_name_of_its_own(named: Named, wait: Callable[..., float]) -> None:
    hub = named.hub
    hub.add("tsite")
    person = hub.person("tsite")
    person.sign_in()
    page = person.get("/hub/spawn/tsite?next=%2Fuser%2Ftsite%2Ftree")
    host = f"tsite.{HOST}:{urlsplit(hub.url).port}"

    def is_there() -> bool:
        nonlocal page
        page = person.get("/hub/home")
        return f'href="https://{host}/user/tsite/tree"' in page.text

    wait(is_there)
    tree = person.session.get(f"https://{host}/user/tsite/tree", timeout=60)
    assert tree.status_code == 200
    assert urlsplit(tree.url).netloc == host
    assert "jupyter-config-data" in tree.text
    # The link of before the start ends there, too.
    again = person.get("/user/tsite/tree")
    assert urlsplit(again.url).netloc == host
    # The hub's cookie is not sent to people's servers, nor theirs to the hub.
    by_host = {}
    for cookie in person.session.cookies:
        by_host.setdefault(cookie.domain.removesuffix(".local"), set()).add(cookie.name)
        assert cookie.secure, cookie
    # With the prefix that browsers take from no other host, not from a name below this one either:
    # a page at somebody's server cannot plant a sign-in at the hub (RFC 6265bis, 4.1.3.2).
    at_hub, at_server = by_host[HOST], by_host[f"tsite.{HOST}"]
    assert "__Host-jupyterhub-hub-login" in at_hub
    assert "__Host-jupyterhub-hub-login" not in at_server
    assert "__Host-jupyterhub-user-tsite" in at_server
    assert "__Host-jupyterhub-user-tsite" not in at_hub
    assert not {"jupyterhub-hub-login", "jupyterhub-user-tsite"} & (at_hub | at_server)
    for cookie in person.session.cookies:
        if cookie.name.startswith("__Host-"):
            assert cookie.path == "/" and not cookie.domain_specified
    # By somebody else's name one is sent to the right one, and gets no page there.
    answer = person.session.get(
        f"https://somebody.{HOST}:{urlsplit(hub.url).port}/user/tsite/tree",
        allow_redirects=False, timeout=60,
    )  # fmt: skip
    assert answer.status_code == 302
