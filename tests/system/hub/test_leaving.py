# SPDX-License-Identifier: Apache-2.0
"""Line 9 of the checklist: who is blocked has nothing at all from that moment on."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from boards_of import TAKE_A_BOARD, jobs_of
from spinnlab.hub import unix_users

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="Unix users of their own need root")


@as_root
def test_a_blocked_person_loses_server_job_token_and_cookie_at_once(
    hub: Any, new_name: Callable[[], str], wait: Callable[..., float]
) -> None:
    person, admin = hub.person(new_name()), hub.person(hub.people[0])
    admin.sign_in()
    person.sign_in()
    person.start()
    kernel = person.new_kernel()
    job = int(kernel.run(TAKE_A_BOARD))
    wait(lambda: [item["state"] for item in jobs_of(admin, person.name)] == ["running"])
    assert [item["id"] for item in jobs_of(admin, person.name)] == [job]
    uid = pwd.getpwnam(unix_users.unix_name(person.name)).pw_uid
    token = {"Authorization": f"token {person.token}"}
    addresses = (f"/hub/api/users/{person.name}", f"/user/{person.name}/api/status")
    for address in addresses:
        assert requests.get(hub.url + address, headers=token, timeout=60).status_code == 200
    assert person.get(f"/user/{person.name}/lab").status_code == 200

    began = time.monotonic()
    answer = admin.post("/hub/api/lab/admin/block", {"name": person.name})
    print(f"blocked in {time.monotonic() - began:.2f} s")

    assert answer.status_code == 200, answer.text
    assert unix_users.processes(uid) == []
    assert jobs_of(admin, person.name) == []
    assert not person.is_signed_in()
    assert "/hub/login" in person.get(f"/user/{person.name}/lab").url
    for address in addresses:
        answer = requests.get(hub.url + address, headers=token, timeout=60)
        # Where the server was, there is only the hub's door now.
        refused = answer.status_code in (401, 403, 404) or "/hub/login" in answer.url
        assert refused, (address, answer.url, answer.status_code)
    page = person.sign_in()
    assert page.status_code == 403 and not person.is_signed_in()
