# SPDX-License-Identifier: Apache-2.0
"""Starts that take their time: the line, who may leave it, and who is made to."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from slow import slow
from spinnlab.hub import unix_users
from steps import picture, sign_in

pytestmark = [
    slow,
    pytest.mark.skipif(
        os.geteuid() != 0, reason="a server is held while it starts by its Unix user"
    ),
]

DISK_MIB = 300


@pytest.fixture(scope="module")
def narrow(make_hub: Callable[..., Any]) -> Any:
    """A hub at which one server starts at a time, and homes are small."""

    def edit(text: str) -> str:
        text = text.replace("disk_mib = 10240", f"disk_mib = {DISK_MIB}")
        return text.replace("[limits]", "[limits]\nstarts_at_once = 1")

    return make_hub(edit=edit)


@pytest.fixture(scope="module")
def admin(narrow: Any) -> Any:
    person = narrow.person(narrow.people[0])
    person.sign_in()
    return person


@pytest.fixture
def three(narrow: Any) -> list[Any]:
    """Three people who are signed in and have no server."""
    names = [f"t{secrets.token_hex(4)}" for _ in range(3)]
    narrow.add(*names)
    people = [narrow.person(name) for name in names]
    for person in people:
        person.sign_in()
    return people


def ask_for_server(person: Any) -> None:
    """As the button does it; the answer comes when the start has gone on for a second."""
    threading.Thread(target=person.get, args=(f"/hub/spawn/{person.name}",), daemon=True).start()


def processes(person: Any) -> list[int]:
    with contextlib.suppress(KeyError):
        return unix_users.processes(pwd.getpwnam(unix_users.unix_name(person.name)).pw_uid)
    return []


def state(admin: Any, person: Any) -> str:
    """What the hub says of a server: "spawn" while it starts, "ready", or nothing."""
    user = admin.get(f"/hub/api/users/{person.name}").json()
    server = user.get("servers", {}).get("")
    return str(user.get("pending") or ("ready" if server and server["ready"] else ""))


@contextlib.contextmanager
def held(person: Any, wait: Callable[..., float]) -> Iterator[None]:
    """The person's server has begun to start and gets no further meanwhile."""
    ask_for_server(person)
    wait(lambda: processes(person))
    for process in processes(person):
        os.kill(process, signal.SIGSTOP)
    yield
    for process in processes(person):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)


def message(person: Any) -> str:
    """The first thing that the page that waits would show."""
    path = f"/hub/api/users/{person.name}/server/progress"
    with person.get(path, stream=True, headers={"Accept": "text/event-stream"}) as events:
        for line in events.iter_lines():
            told = json.loads(line[5:]) if line.startswith(b"data:") else {}
            if told.get("progress", 0) > 0:
                return str(told["message"])
    return ""


def wait_in_line(people: list[Any], admin: Any, wait: Callable[..., float]) -> None:
    for person in people:  # one after the other, so that their places are known
        ask_for_server(person)
        wait(lambda person=person: state(admin, person) == "spawn")


def test_one_starts_and_the_others_know_their_place(
    three: list[Any], admin: Any, wait: Callable[..., float]
) -> None:
    first, second, third = three
    with held(first, wait):
        wait_in_line([second, third], admin, wait)
        assert message(second).startswith("1 in line")
        assert message(third).startswith("2 in line")
        assert processes(second) == processes(third) == []
    for person in three:
        wait(lambda person=person: state(admin, person) == "ready", 120)


def test_who_is_blocked_while_the_server_starts_gets_none_and_the_next_one_starts(
    three: list[Any], admin: Any, wait: Callable[..., float]
) -> None:
    first, second, _ = three
    with held(first, wait):
        wait_in_line([second], admin, wait)
        assert state(admin, first) == "spawn"
        answer = admin.post("/hub/api/lab/admin/block", {"name": first.name})
        assert answer.status_code == 200, answer.text
        assert processes(first) == []
        assert state(admin, first) == ""
        assert not first.is_signed_in()
    wait(lambda: state(admin, second) == "ready", 120)
    assert processes(first) == []


def test_who_is_blocked_in_the_line_leaves_it(
    three: list[Any], admin: Any, wait: Callable[..., float]
) -> None:
    first, second, third = three
    with held(first, wait):
        wait_in_line([second, third], admin, wait)
        answer = admin.post("/hub/api/lab/admin/block", {"name": second.name})
        assert answer.status_code == 200, answer.text
        assert state(admin, second) == ""
        assert message(third).startswith("1 in line")
    wait(lambda: state(admin, third) == "ready", 120)
    assert processes(second) == []


def test_who_is_removed_while_the_server_starts_leaves_nothing(
    three: list[Any], admin: Any, wait: Callable[..., float]
) -> None:
    first = three[0]
    with held(first, wait):
        answer = admin.post("/hub/api/lab/admin/remove", {"name": first.name})
        assert answer.status_code == 200, answer.text
        with pytest.raises(KeyError):
            pwd.getpwnam(unix_users.unix_name(first.name))
    assert admin.get(f"/hub/api/users/{first.name}").status_code == 404


def test_the_administrator_stops_a_server_that_is_starting(
    three: list[Any], admin: Any, wait: Callable[..., float]
) -> None:
    first = three[0]
    with held(first, wait):
        answer = admin.post("/hub/api/lab/admin/stop", {"name": first.name})
        assert answer.status_code == 200, answer.text
        assert processes(first) == []
    assert first.is_signed_in()
    assert first.start() > 0  # it was only this start


def test_who_logs_out_while_the_server_starts_leaves_none_running(
    three: list[Any], admin: Any, wait: Callable[..., float]
) -> None:
    first = three[0]
    with held(first, wait):
        assert "You are signed out" in first.get("/hub/logout").text
        assert processes(first) == []
    assert state(admin, first) == ""


def test_a_full_home_is_noticed_at_the_next_start_where_no_quota_has_kept_it_from_filling(
    three: list[Any], narrow: Any, admin: Any, wait: Callable[..., float]
) -> None:
    """Line 7, the limit on disk, as `spinnlab hub check` says that this host keeps it."""
    person = three[0]
    person.start()
    kernel = person.new_kernel()
    printed = kernel.run(
        f"""
import os
try:
    with open('large', 'wb') as file:
        for _ in range({DISK_MIB + 60}):
            file.write(os.urandom(1 << 20))
    print('written')
except OSError as error:
    print(os.strerror(error.errno))
"""
    )
    kernel.end()
    if "limit on disk is kept by quota" in narrow.command("check").stdout:
        assert "quota" in printed.lower(), printed
        return
    assert printed.strip() == "written"
    admin.post("/hub/api/lab/admin/stop", {"name": person.name})
    wait(lambda: state(admin, person) == "")
    page = person.get(f"/hub/spawn/{person.name}")
    assert f"of {DISK_MIB} MiB. An administrator can raise limits.disk_mib" in page.text
    assert processes(person) == []
    home = Path(pwd.getpwnam(unix_users.unix_name(person.name)).pw_dir)
    (home / "large").unlink()
    person.start()


@pytest.mark.browser
def test_the_page_that_waits_shows_the_place_and_can_be_left(
    three: list[Any], narrow: Any, admin: Any, wait: Callable[..., float], new_page: Any
) -> None:
    first, second, _ = three
    page = new_page()
    with held(first, wait):
        sign_in(page, narrow, second.name)
        page.click("#open-lab")
        page.wait_for_selector("#steps >> text=1 in line: other servers start first")
        waited = page.locator("#steps li .hint").last
        wait(lambda: bool(re.fullmatch(r"\d+ s", waited.inner_text())), 20)
        picture(page, "waiting")
        page.click("#cancel")
        page.wait_for_url("**/hub/home")
        assert state(admin, second) == ""
        page.click("#open-lab")
        page.wait_for_selector("#steps >> text=1 in line: other servers start first")
    # The one in front goes on, and so the page leads to JupyterLab by itself.
    page.wait_for_selector(".jp-DirListing-item >> text=SynfireExample.ipynb", timeout=120_000)
