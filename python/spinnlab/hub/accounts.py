# SPDX-License-Identifier: Apache-2.0
"""Local accounts, made from the command line: the hub need not run, and may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bcrypt
from jupyterhub import orm
from nativeauthenticator.nativeauthenticator import NativeAuthenticator
from nativeauthenticator.orm import UserInfo
from sqlalchemy import inspect

from spinnlab.errors import SpinnlabError
from spinnlab.hub import passwords
from spinnlab.hub.roster import Entry
from spinnlab.hub.settings import HubSettings


class AccountError(SpinnlabError):
    """An account could not be made; the text says why, and none of the list was made."""


@contextmanager
def data_base(hub: HubSettings) -> Iterator[Any]:
    """A session on the hub's data base, with its tables made if it is new."""
    file = hub.folder / "hub.sqlite"
    new = not file.exists()
    session = orm.new_session_factory(f"sqlite:///{file}")()
    try:
        if new:
            file.chmod(0o600)
        if UserInfo.__tablename__ not in inspect(session.bind).get_table_names():
            UserInfo.__table__.create(session.bind)
        yield session
    finally:
        session.close()


def people(hub: HubSettings) -> list[str]:
    """Everybody whom the hub knows, by whatever way they sign in."""
    with data_base(hub) as session:
        return [user.name for user in session.query(orm.User).all()]


def _is_common(password: str) -> bool:
    return bool(NativeAuthenticator.is_password_common(NativeAuthenticator, password))


def add(hub: HubSettings, entries: list[Entry], replace: bool = False) -> None:
    """Makes approved accounts, or gives those there are new passwords (`replace`); all or none.

    Raises AccountError that names the person.
    """
    with data_base(hub) as session:
        for entry in entries:
            why = passwords.problem(
                entry.password, entry.name, hub.people.shortest_password, _is_common
            )
            if why:
                raise AccountError(f"{entry.name}: {why}")
            account = UserInfo.find(session, entry.name)
            if account is not None and not replace:
                raise AccountError(
                    f"{entry.name} has an account already. 'spinnlab hub set-password' gives it a "
                    "new password."
                )
            if account is None and replace:
                raise AccountError(
                    f"There is no account {entry.name}. 'spinnlab hub add-users' makes some."
                )
            hashed = bcrypt.hashpw(entry.password.encode(), bcrypt.gensalt())
            if account is None:
                session.add(UserInfo(username=entry.name, password=hashed, is_authorized=True))
            else:
                account.password, account.is_authorized = hashed, True
            if orm.User.find(session, entry.name) is None:
                session.add(orm.User(name=entry.name, admin=entry.admin))
            elif entry.admin:
                orm.User.find(session, entry.name).admin = True
        session.commit()
