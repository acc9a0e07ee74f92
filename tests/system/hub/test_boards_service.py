# SPDX-License-Identifier: Apache-2.0
"""Boards for programs on other computers: the newer service, with the hub's tokens."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from spinnlab.errors import ProgramNotFoundError
from spinnlab.hub import settings, unix_users
from spinnlab.programs import original_python

SYNFIRE = Path(__file__).parents[2] / "fidelity" / "original" / "features" / "synfire.py"
PATIENCE_S = 60


@pytest.fixture(scope="module")
def hub(make_hub: Callable[..., Any], certificate: tuple[str, str]) -> Any:
    tls = ("--tls", "certificate", "--certificate", certificate[0], "--key", certificate[1])
    hub = make_hub(tls=tls)
    hub.add("boa", "bob", "bru", "bye", "biz")
    return hub


@pytest.fixture(autouse=True)
def the_certificate_is_trusted(
    certificate: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate[0])


class Client:
    """A program elsewhere, with somebody's token."""

    def __init__(self, hub: Any, token: str) -> None:
        self.base = f"{hub.url}/hub/spalloc"
        self.session = requests.Session()
        self.signed_in = self.session.get(
            f"{self.base}/system/login.html", timeout=PATIENCE_S,
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        if self.signed_in.ok:
            root = self.ask("GET").json()
            # As the published client does it, on all requests that change something.
            self.session.headers.update({
                root["csrf-header"]: root["csrf-token"], "Authorization": f"Bearer {token}",
            })  # fmt: skip

    def ask(self, method: str, path: str = "", **options: Any) -> requests.Response:
        url = f"{self.base}/srv/spalloc/{path}"
        return self.session.request(method, url, timeout=PATIENCE_S, **options)

    def create(self, boards: int = 1) -> int:
        answer = self.ask(
            "POST", "jobs", json={"keepalive-interval": "PT120S", "num-boards": boards}
        )
        assert answer.status_code == 201, answer.text
        return int(answer.headers["Location"].rsplit("/", 1)[1])


def token_of(person: Any, **wanted: Any) -> dict[str, Any]:
    answer = person.post(f"/hub/api/users/{person.name}/tokens", {"note": "test", **wanted})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.fixture
def person(hub: Any) -> Any:
    person = hub.person("boa")
    person.sign_in()
    return person


def unix_name(person: Any) -> str:
    return unix_users.unix_name(person.name)


def test_a_token_gives_boards_that_are_the_persons_own(
    hub: Any, person: Any, wait: Callable[..., float]
) -> None:
    client = Client(hub, token_of(person)["token"])
    number = client.create(2)
    wait(lambda: client.ask("GET", f"jobs/{number}").json()["state"] == "READY")
    told = client.ask("GET", f"jobs/{number}").json()
    assert told["proxy-ref"].startswith(f"wss{hub.url.removeprefix('https')}/hub/spalloc/")
    shown = person.get("/hub/api/lab/me").json()["jobs"]
    assert [job["id"] for job in shown] == [number], shown
    if os.geteuid() == 0:
        assert told["owner"] == unix_name(person)
        machines = [
            process for process in psutil.process_iter(["name", "username"])
            if process.info["name"] == "spinnlab-machine"
            and process.info["username"] == unix_name(person)
        ]  # fmt: skip
        assert machines, "the boards run as the person"
    # What another program of the hub's people sees of it, and may do.
    other = hub.person("bob")
    other.sign_in()
    others = Client(hub, token_of(other)["token"])
    if os.geteuid() == 0:  # without root all are one Unix user
        assert "owner" not in others.ask("GET", f"jobs/{number}").json()
        assert others.ask("DELETE", f"jobs/{number}").status_code == 403
    assert client.ask("DELETE", f"jobs/{number}?reason=enough").status_code == 204
    wait(lambda: person.get("/hub/api/lab/me").json()["jobs"] == [])


def test_nobody_comes_in_without_a_token_that_is_good(hub: Any, person: Any) -> None:
    base = f"{hub.url}/hub/spalloc"
    assert requests.get(f"{base}/srv/spalloc/", timeout=PATIENCE_S).status_code == 401
    page = requests.get(f"{base}/system/login.html", timeout=PATIENCE_S)
    assert page.status_code == 401 and "OIDC_BEARER_TOKEN" in page.text
    # A hub's session, which browsers send by themselves, opens nothing either.
    assert person.get("/hub/spalloc/system/login.html").status_code == 401
    assert person.get("/hub/spalloc/srv/spalloc/").status_code == 401
    unknown = Client(hub, "0" * 32).signed_in
    assert (unknown.status_code, "not known" in unknown.text) == (401, True)
    narrow = token_of(person, scopes=["read:users:name!user"])["token"]
    refused = Client(hub, narrow).signed_in
    assert (refused.status_code, "neither" in refused.text) == (403, True)
    # An account of the hub is no account of the service, and a header says nothing.
    forged = requests.get(
        f"{base}/srv/spalloc/jobs", timeout=PATIENCE_S, cookies={"JSESSIONID": "none"},
        headers={"X-Forwarded-User": "root", "Remote-User": "root"},
    )  # fmt: skip
    assert forged.status_code == 401


def test_changes_need_the_sessions_own_token(hub: Any, person: Any) -> None:
    client = Client(hub, token_of(person)["token"])
    headers = {"X-CSRF-TOKEN": "another"}
    wanted = {"keepalive-interval": "PT120S"}
    assert client.ask("POST", "jobs", json=wanted, headers=headers).status_code == 403
    assert (
        client.ask("POST", "jobs", json=wanted, headers={"X-CSRF-TOKEN": None}).status_code == 403
    )


def test_what_a_token_opened_ends_with_it(hub: Any, person: Any) -> None:
    kept, taken_back = token_of(person), token_of(person)
    clients = [Client(hub, token["token"]) for token in (kept, taken_back)]
    assert [client.ask("GET", "jobs").status_code for client in clients] == [200, 200]
    gone = person.session.delete(
        f"{hub.url}/hub/api/users/{person.name}/tokens/{taken_back['id']}", timeout=PATIENCE_S,
        headers={"X-XSRFToken": person.xsrf()},
    )  # fmt: skip
    assert gone.status_code == 204, gone.text
    assert [client.ask("GET", "jobs").status_code for client in clients] == [200, 401]
    assert Client(hub, taken_back["token"]).signed_in.status_code == 401


def test_a_token_that_has_run_out_ends_what_it_opened(
    hub: Any, person: Any, wait: Callable[..., float]
) -> None:
    client = Client(hub, token_of(person, expires_in=10)["token"])
    assert client.ask("GET", "jobs").status_code == 200
    wait(lambda: client.ask("GET", "jobs").status_code == 401)


def test_who_is_blocked_is_out_at_once(hub: Any) -> None:
    person = hub.person("bru")
    person.sign_in()
    client = Client(hub, token_of(person)["token"])
    number = client.create()
    admin = hub.person(hub.people[0])
    admin.sign_in()
    assert admin.post("/hub/api/lab/admin/block", {"name": person.name}).status_code < 300
    assert client.ask("GET", "jobs").status_code == 401
    watching = Client(hub, token_of(admin)["token"])
    assert watching.ask("GET", f"jobs/{number}").json()["state"] == "DESTROYED"


def test_who_is_deleted_by_jupyterhubs_own_interface_is_out(
    hub: Any, wait: Callable[..., float]
) -> None:
    person = hub.person("bye")
    person.sign_in()
    client = Client(hub, token_of(person)["token"])
    client.create()
    admin = hub.person(hub.people[0])
    admin.sign_in()
    gone = admin.session.delete(
        f"{hub.url}/hub/api/users/bye", timeout=PATIENCE_S, headers={"X-XSRFToken": admin.xsrf()}
    )
    assert gone.status_code == 204, gone.text
    wait(lambda: client.ask("GET", "jobs").status_code == 401)


def test_strangers_do_not_learn_who_there_is(hub: Any) -> None:
    answers = [
        requests.delete(f"{hub.url}/hub/api/users/{name}/tokens/a1", timeout=PATIENCE_S)
        for name in ("boa", "nobody-here")
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].text == answers[1].text


def test_boards_are_in_the_persons_control_group_although_there_is_no_server(
    hub: Any, wait: Callable[..., float]
) -> None:
    if "kept by control groups" not in hub.command("check").stdout:
        pytest.skip("this host gives no control groups")
    person = hub.person("biz")
    person.sign_in()
    client = Client(hub, token_of(person)["token"])
    number = client.create()
    wait(lambda: client.ask("GET", f"jobs/{number}").json()["state"] == "READY")
    name = unix_name(person)
    machine = next(
        process for process in psutil.process_iter(["name", "username"])
        if (process.info["name"], process.info["username"]) == ("spinnlab-machine", name)
    )  # fmt: skip
    assert f"/{name}\n" in Path(f"/proc/{machine.pid}/cgroup").read_text()
    client.ask("DELETE", f"jobs/{number}")


def test_a_new_proxy_and_a_new_hub_know_the_way(
    hub: Any, person: Any, wait: Callable[..., float]
) -> None:
    client = Client(hub, token_of(person)["token"])

    def answers() -> bool:
        try:
            return client.ask("GET", "jobs").status_code == 200 and person.is_signed_in()
        except requests.RequestException:
            return False

    for service in ("proxy", "hub"):
        hub.kill(service)
        wait(answers)


def test_the_socket_is_the_hubs_alone(hub: Any) -> None:
    socket = settings.load(hub.folder).boards_socket
    found = socket.stat()
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_uid == os.geteuid()


@pytest.fixture
def published(
    hub: Any, person: Any, certificate: tuple[str, str], tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The published sPyNNaker on a computer that knows nothing but the hub's address."""
    try:
        python = original_python()
    except ProgramNotFoundError as error:
        pytest.skip(str(error))

    def run(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / ".spynnaker.cfg").write_text(
            f"[Machine]\nspalloc_server = {hub.url}/hub/spalloc/\nversion = 5\n"
            "post_simulation_overrun_before_error = 600\n"
        )
        return subprocess.run(
            [str(python), script], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=580, check=False,
            env={
                "PATH": os.defpath, "HOME": str(tmp_path), "TERM": "dumb",
                "REQUESTS_CA_BUNDLE": certificate[0], "WEBSOCKET_CLIENT_CA_BUNDLE": certificate[0],
                **variables,
            },
        )  # fmt: skip

    return run


@pytest.mark.original
@pytest.mark.timeout(600)
def test_the_published_software_runs_synfire_with_a_token(published: Any, person: Any) -> None:
    done = published(str(SYNFIRE), OIDC_BEARER_TOKEN=token_of(person)["token"])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "checks are right" in done.stdout  # 4,400 spikes


@pytest.mark.original
def test_a_password_is_refused_in_words(hub: Any, published: Any, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    address = f"{hub.url.replace('://', '://boa:guess@')}/hub/spalloc/"
    script.write_text(f"from spinnman.spalloc import SpallocClient\nSpallocClient({address!r})\n")
    done = published(str(script))
    assert done.returncode != 0
    assert "make one on the hub's page Tokens" in done.stderr, done.stderr
