# SPDX-License-Identifier: Apache-2.0
"""Who may come in: local accounts and OpenID Connect providers, both at the same door.

A name belongs to the way by which it first signed in. Somebody whose provider calls them "alice"
does not become the local "alice".
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import bcrypt
from jupyterhub.orm import Base
from nativeauthenticator import NativeAuthenticator
from sqlalchemy import Boolean, Column, Unicode, inspect
from traitlets import Any as AnyTrait

from spinnlab.hub import keys, passwords, routes
from spinnlab.hub.allocator import Allocator
from spinnlab.hub.names import is_name
from spinnlab.hub.settings import HubSettings

if TYPE_CHECKING:
    from spinnlab.hub.providers import LabProvider

LOCAL = "local"
#: Accounts that wait for approval; more of them are refused, or a robot could fill the disk.
MOST_WAITING = 200
#: Compared with when nobody has the name, so that the answer takes as long.
_NOBODY = bcrypt.hashpw(b"nobody", bcrypt.gensalt())


class SignInWay(Base):
    """By which provider a name signs in."""

    __tablename__ = "spinnlab_sign_in_ways"
    name = Column(Unicode(255), primary_key=True)
    way = Column(Unicode(64), nullable=False)  # empty: a local account, or none yet
    blocked = Column(Boolean, nullable=False, default=False)


class LabAuthenticator(NativeAuthenticator):
    """Local accounts itself; the providers are helpers with addresses of their own."""

    settings: HubSettings = AnyTrait().tag(config=True)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        people = self.settings.people
        self.attempts = passwords.Attempts(people.failed_logins, people.lock_minutes * 60)
        self.providers: list[LabProvider] = []
        if self.settings.oidc:
            # Not before: the package is slow to load, and most labs have no provider.
            from spinnlab.hub.providers import make_provider

            self.providers = [make_provider(self, item) for item in self.settings.oidc]
        if SignInWay.__tablename__ not in inspect(self.db.bind).get_table_names():
            SignInWay.__table__.create(self.db.bind)

    # Names and ways.

    def validate_username(self, username: str) -> bool:
        return is_name(username) and super().validate_username(username)

    def way_of(self, name: str) -> str:
        """ "local", a provider's name, or an empty text for somebody who never signed in."""
        if self.get_user(name) is not None:
            return LOCAL
        row = self._row(name)
        return str(row.way) if row else ""

    def _row(self, name: str) -> Any:
        return self.db.query(SignInWay).filter_by(name=name).first()

    def bind_way(self, name: str, way: str) -> bool:
        """Remembers the way at the first sign-in; False if the name belongs to another one."""
        known = self.way_of(name)
        if not known:
            self.db.merge(SignInWay(name=name, way=way, blocked=self.is_kept_out(name)))
            self.db.commit()
        return known in ("", way)

    def is_kept_out(self, name: str) -> bool:
        """Whether an administrator has blocked the name, whatever way it comes."""
        row = self._row(name)
        return bool(row and row.blocked)

    def keep_out(self, name: str, blocked: bool) -> None:
        way = self.way_of(name)
        self.db.merge(SignInWay(name=name, way="" if way == LOCAL else way, blocked=blocked))
        self.db.commit()

    def check_blocked_users(self, username: str, authentication: Any = None) -> bool:
        allowed = super().check_blocked_users(username, authentication)
        return bool(allowed) and not self.is_kept_out(username)

    def provider_of(self, name: str) -> LabProvider | None:
        way = self.way_of(name)
        return next((item for item in self.providers if item.provider.name == way), None)

    # Local accounts.

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """The name, or None with `handler.problem` set to what the person should read."""
        name = self.normalize_username(data.get("username", ""))
        if not self.settings.people.local_accounts:
            handler.problem = "This hub has no local accounts. Use one of the buttons above."
            return None
        minutes = self.settings.people.lock_minutes
        if (wait_s := self.attempts.locked_s(name)) > 0:
            handler.problem = (
                f"Too many wrong passwords for this name. Wait {wait_s / 60:.0f} min, then try "
                "again."
                if wait_s > 90
                else f"Too many wrong passwords for this name. Wait {wait_s:.0f} s, then try again."
            )
            return None
        user = self.get_user(name)
        expected = user.password if user is not None else _NOBODY
        given = data.get("password", "").encode()[: passwords.LONGEST_BYTES]
        # bcrypt takes a fifth of a second; meanwhile the hub goes on.
        hashed = await asyncio.to_thread(bcrypt.hashpw, given, expected)
        if user is None or hashed != expected:
            left = self.attempts.fail(name)
            handler.problem = "User name and password do not match. " + (
                f"{left} {'try' if left == 1 else 'tries'} left, then a pause of {minutes} minutes."
                if left
                else f"Now there is a pause of {minutes} minutes for this name."
            )
            return None
        self.attempts.succeed(name)
        if not user.is_authorized:
            handler.problem = (
                "An administrator has not approved this account yet. Nothing is wrong with the "
                "password."
            )
            return None
        return str(name)

    def password_problem(self, name: str, password: str) -> str:
        shortest = self.settings.people.shortest_password
        return passwords.problem(password, name, shortest, self.is_password_common)

    def sign_up(self, name: str, password: str, code: str) -> tuple[bool, str]:
        """Makes an account: (whether it may sign in at once, why there is none)."""
        people = self.settings.people
        name = self.normalize_username(name)
        if why := self._sign_up_problem(name, password, code):
            return False, why
        self.add_account(name, password, approved=people.sign_up == "code")
        return people.sign_up == "code", ""

    def _sign_up_problem(  # noqa: PLR0911  one line a reason
        self, name: str, password: str, code: str
    ) -> str:
        people = self.settings.people
        if people.sign_up == "closed" or not people.local_accounts:
            return "Accounts of this hub are made by an administrator."
        if not self.validate_username(name):
            return (
                "A user name begins with a letter and has up to 32 of a-z, 0-9, '.', '-' and '_'."
            )
        if name in self.admin_users or self.way_of(name) or self._is_hub_user(name):
            return f"The user name {name} is taken. Choose another one."
        if why := self.password_problem(name, password):
            return why
        if people.sign_up == "code" and not keys.is_sign_up_code(self.settings.folder, code):
            return "The sign-up code is not known or has expired. Ask who gave it to you."
        if people.sign_up == "approval" and self.waiting_for_approval() >= MOST_WAITING:
            return f"{MOST_WAITING} accounts wait for approval already. Try tomorrow."
        return ""

    def add_account(self, name: str, password: str, approved: bool) -> None:
        """Makes or replaces a local account; the caller has checked name and password."""
        from nativeauthenticator.orm import UserInfo

        hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
        user = self.get_user(name)
        if user is None:
            self.db.add(UserInfo(username=name, password=hashed, is_authorized=approved))
        else:
            user.password, user.is_authorized = hashed, approved
        self.db.commit()

    def approve(self, name: str, approved: bool) -> bool:
        """Lets an account in or keeps it out from now on; False if there is none."""
        user = self.get_user(name)
        if user is None:
            return False
        user.is_authorized = approved
        self.db.commit()
        return True

    def _is_hub_user(self, name: str) -> bool:
        from jupyterhub.orm import User

        return User.find(self.db, name) is not None

    def waiting_for_approval(self) -> int:
        from nativeauthenticator.orm import UserInfo

        return int(self.db.query(UserInfo).filter_by(is_authorized=False).count())

    # Staying signed in.

    async def refresh_user(self, user: Any, handler: Any = None, **options: Any) -> Any:
        """Every few minutes: who lost the account, or the provider's word, is signed out."""
        if self.is_kept_out(user.name):
            return False
        if provider := self.provider_of(user.name):
            return await provider.refresh_user(user, handler, **options)
        account = self.get_user(user.name)
        return account is not None and bool(account.is_authorized)

    def forget(self, name: str) -> None:
        """Whoever signs in first with the name has it from then on."""
        row = self._row(name)
        if row is not None:
            self.db.delete(row)
            self.db.commit()

    def delete_user(self, user: Any) -> None:
        self.forget(user.name)
        # JupyterHub's own way to delete somebody ends the server only, where there is one.
        allocator = Allocator(self.settings.allocator_socket)
        self._releasing = asyncio.ensure_future(
            allocator.release(user.spawner.unix_name, "the person was removed", self.log)
        )
        super().delete_user(user)

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        handlers = routes.handlers()
        for provider in self.providers:
            handlers += provider.get_handlers(app)
        return handlers
