# SPDX-License-Identifier: Apache-2.0
"""No new servers: an administrator's switch before a computer is taken down. Running ones go on.

It is kept as a file in the hub's folder, so that a restart of the hub does not forget it.
"""

from __future__ import annotations

from pathlib import Path

from spinnlab.errors import SpinnlabError

FILE = "no-new-servers"
NOTICE = "No new servers start at the moment: maintenance is near. Servers that run go on."


class DrainingError(SpinnlabError):
    """A server was not started because the hub takes no new ones."""


def is_on(hub: Path) -> bool:
    return (hub / FILE).exists()


def switch(hub: Path, on: bool) -> None:
    if on:
        (hub / FILE).touch(mode=0o600)
    else:
        (hub / FILE).unlink(missing_ok=True)


def notice(hub: Path) -> str:
    """What everybody reads meanwhile; an empty text while servers start."""
    return NOTICE if is_on(hub) else ""


def refuse_start(hub: Path) -> None:
    """Raises DrainingError while the switch is on."""
    if is_on(hub):
        raise DrainingError(
            "This hub takes no new servers at the moment, because maintenance is near. Files are "
            "kept; try again later, or ask an administrator."
        )
