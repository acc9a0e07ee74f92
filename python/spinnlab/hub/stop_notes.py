# SPDX-License-Identifier: Apache-2.0
"""What the hub has stopped of a person's while they were away.

The hub writes into its own folder, never into a home: a link there could lead anywhere. The next
server of the person is given the notes, and they are theirs from then on.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from spinnlab.hub import unix_users
from spinnlab.hub.settings import HubSettings
from spinnlab.idle_stops.notes import Note, Notes

#: Notes on their way from the hub to a person's server, as JSON.
VARIABLE = "SPINNLAB_STOPPED"


def stop_notes(hub: HubSettings, person: str) -> Notes:
    """The hub's notes for a person."""
    return Notes(hub.folder / "stopped" / f"{unix_users.unix_name(person)}.json")


def last_stop(hub: HubSettings, person: str) -> str:
    """For the page that says that the server does not run; empty when the hub did not stop it."""
    notes = stop_notes(hub, person).all()
    if not notes:
        return ""
    when = datetime.fromtimestamp(notes[-1].unix_s).astimezone()  # the hub's own time of day
    return f"It was stopped on {when:%A} at {when:%H:%M} ({when:%Z}): {notes[-1].why}"


def to_server(hub: HubSettings, person: str) -> dict[str, str]:
    """Environment of the person's next server."""
    notes = stop_notes(hub, person).all()
    return {VARIABLE: json.dumps([asdict(note) for note in notes])} if notes else {}


def take_over(environment: Any) -> None:
    """In the person's server: the notes that the hub handed over become the person's."""
    own = Notes()
    for note in json.loads(environment.pop(VARIABLE, "[]")):
        own.add(Note(**note))


def handed_over(hub: HubSettings, person: str) -> None:
    """The server runs: the hub need not say it again."""
    stop_notes(hub, person).file.unlink(missing_ok=True)
