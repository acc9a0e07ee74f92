# SPDX-License-Identifier: Apache-2.0
"""`spinnlab hub add-users roster.csv`: accounts for a class, all checked before any is made."""

from __future__ import annotations

import csv
import secrets
from dataclasses import dataclass
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.hub.names import is_name

COLUMNS = ("name", "password", "admin")
#: Letters and digits that nobody mixes up on paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class RosterError(SpinnlabError):
    """A line of the roster will not do; the text has its number, and no account was made."""


@dataclass(frozen=True)
class Entry:
    name: str
    password: str
    admin: bool


def new_password() -> str:
    """Sixteen characters, about 90 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(16))


def read(file: Path) -> list[Entry]:
    """A line a person under the heading `name`, `password` (may be empty: one is made), `admin`."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RosterError(f"{file} cannot be read: {error}") from error
    if not rows or "name" not in rows[0]:
        raise RosterError(
            f"{file} needs a first line 'name' or 'name,password,admin', then a line a person."
        )
    unknown = [column for column in rows[0] if column not in COLUMNS]
    if unknown:
        raise RosterError(f"{file} has the column {unknown[0]!r}; known are {', '.join(COLUMNS)}.")
    entries: list[Entry] = []
    for number, row in enumerate(rows, start=2):
        name = (row.get("name") or "").strip().lower()
        if not is_name(name):
            raise RosterError(
                f"{file}, line {number}: {name!r} is no user name (a letter, then a-z 0-9 . - _)."
            )
        if name in [entry.name for entry in entries]:
            raise RosterError(f"{file}, line {number}: {name} is there twice.")
        admin = (row.get("admin") or "").strip().lower()
        if admin not in ("", "yes", "no", "true", "false"):
            raise RosterError(f"{file}, line {number}: admin is yes or no, not {admin!r}.")
        password = (row.get("password") or "").strip() or new_password()
        entries.append(Entry(name, password, admin in ("yes", "true")))
    return entries
