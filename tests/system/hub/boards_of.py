# SPDX-License-Identifier: Apache-2.0
"""Boards of a person at a hub, without a simulation: taken by hand, and as others see them."""

from __future__ import annotations

from typing import Any

#: A cell that asks the allocator for a board, as the published client does, and prints the job's
#: number. Nothing renews it and it does not expire: it goes when somebody ends it.
TAKE_A_BOARD = """
import json, os, socket
allocator = socket.socket(socket.AF_UNIX)
allocator.connect(os.environ['SPINNLAB_ALLOCATOR'])
replies = allocator.makefile()

def ask(command, *args, **kwargs):
    allocator.sendall(json.dumps(dict(command=command, args=args, kwargs=kwargs)).encode() + b'\\n')
    while True:
        reply = json.loads(replies.readline())
        if 'exception' in reply:
            raise RuntimeError(reply['exception'])
        if 'return' in reply:
            return reply['return']

print(ask('create_job', 1, owner='by hand', keepalive=None))
"""


def jobs_of(admin: Any, name: str) -> list[dict[str, Any]]:
    """What the administrator's page shows of a person's jobs."""
    overview = admin.get("/hub/api/lab/admin").json()
    assert "problem" not in overview, overview
    users = {person["name"]: person["unix"] for person in overview["people"]}
    return [job for job in overview["jobs"] if job["user"] == users[name]]
