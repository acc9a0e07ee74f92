# SPDX-License-Identifier: Apache-2.0
"""/hub/spalloc: boards for programs that run elsewhere, by the newer service over HTTPS.

The allocator answers below this address itself (`hub_config` has the routes); who somebody is, the
hub says. A program signs in with its person's token of the hub. The allocator then opens a session
for the person's Unix user: same jobs, share and limits as everywhere else in the hub.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from jupyterhub import orm, scopes
from jupyterhub.apihandlers.users import UserTokenAPIHandler
from tornado import web

from spinnlab.errors import AllocationError, SpinnlabError
from spinnlab.hub.allocator import Allocator
from spinnlab.hub.pages import LabPage
from spinnlab.hub.settings import HubSettings
from spinnlab.hub.unix_users import UnixUser

PATH = "/hub/spalloc"
#: What the allocator answers by itself; everything else below PATH is the hub's.
ALLOCATORS = (f"{PATH}/srv/", f"{PATH}/spalloc/proxy/")
SESSION_COOKIE = "JSESSIONID"
#: Tokens that JupyterHub gave at somebody's own wish, not by signing in to a service.
ITS_OWN = "jupyterhub"
MAKE_ONE = "The hub's page Tokens makes one for you."


def address(hub: HubSettings) -> str:
    """What people write into `spalloc_server`."""
    return f"{hub.public_url}{PATH}"


def label_of(token: orm.APIToken) -> str:
    """What sessions that were opened with a token are called; tokens of a service go together."""
    return f"{token.user.name} {token.client_id if token.client_id != ITS_OWN else token.id}"


def lifetime_s(token: orm.APIToken, now: datetime) -> float | None:
    """How long a token is good from now on; None: for ever. JupyterHub's times are UTC."""
    if token.expires_at is None:
        return None
    return float((token.expires_at - now.replace(tzinfo=None)).total_seconds())


def may_use_server(token: orm.APIToken) -> bool:
    """Whether a person's token may use that person's server; then boards, too."""
    wanted = f"access:servers!user={token.user.name}"
    return bool(scopes.has_scope(wanted, scopes.get_scopes_for(token)))


class SignIn(LabPage):
    """The page that programs sign in with; to a browser it says how."""

    async def get(self) -> None:
        if self.get_auth_token() is None:
            self._ask_for_a_token()
            await self.show("boards_service.html", address=address(self.lab))
            return
        token = self.get_token()
        if token is None or token.user is None:
            self._refuse(401, f"This token is not known here, or no person's. {MAKE_ONE}")
        elif not may_use_server(token):
            self._refuse(403, f"This token may use neither a server nor boards. {MAKE_ONE}")
        else:
            await self._let_in(token)

    async def _let_in(self, token: orm.APIToken) -> None:
        person = self.find_user(token.user.name)
        label = label_of(token)
        try:
            user = await asyncio.to_thread(self._make_room, person.spawner)
            rest_s = lifetime_s(token, datetime.now(UTC))
            cookie = await self.allocator.call("open_http_session", user.name, label, rest_s)
            # Taken back, or its person blocked, meanwhile: too early to have closed this one.
            if self.get_token() is None or self.authenticator.is_kept_out(person.name):
                await self.allocator.call("close_http_sessions", label)
                self._refuse(401, f"This token is known here no longer. {MAKE_ONE}")
                return
        except (SpinnlabError, OSError) as error:
            self._refuse(503, str(error))
            return
        self._give(cookie)
        self._say(f"Signed in as {person.name}.")

    def _make_room(self, spawner: Any) -> UnixUser:
        """The person's Unix user and control group, which they may never have had a server for."""
        user: UnixUser = spawner.make_unix_user()
        if spawner.is_root and spawner.groups:
            spawner.groups.make(user.name, self.lab.limits)
        return user

    def _ask_for_a_token(self) -> None:
        # The published client looks for a form's field and a cookie here before it tries a name and
        # a password, and only then reads what it is told.
        self.set_status(401)
        self.set_header("WWW-Authenticate", "Bearer")
        self._give("none")

    def _refuse(self, status: int, why: str) -> None:
        self.set_status(status)
        self._say(why)

    def _say(self, text: str) -> None:
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish(text + "\n")

    def _give(self, cookie: str) -> None:
        secure = "; Secure" if self.lab.site.tls != "none" else ""
        self.add_header(
            "Set-Cookie",
            f"{SESSION_COOKIE}={cookie}; Path={PATH}/; HttpOnly; SameSite=Strict{secure}",
        )


class Password(LabPage):
    """Where the published client sends a name and a password, which are for people alone."""

    def check_xsrf_cookie(self) -> None:
        return None  # nothing is done here, and programs have no cookie of ours

    async def post(self) -> None:
        self.set_status(401)
        why = (
            f"The boards at {address(self.lab)} take a token of the hub, not a password: make one "
            "on the hub's page Tokens and set OIDC_BEARER_TOKEN to it."
        )
        self.finish({"message": why})


class OneToken(UserTokenAPIHandler):
    """A token that is taken back takes along what was opened with it."""

    @scopes.needs_scope("tokens")  # before anything is told of who and what there is
    async def delete(self, user_name: str, token_id: str) -> None:
        label = ""
        if user := self.find_user(user_name):
            label = label_of(self.find_token_by_id(user, token_id))
        super().delete(user_name, token_id)
        if not label:
            return
        allocator = Allocator(self.settings["spinnlab"].allocator_socket)
        try:
            await allocator.call("close_http_sessions", label)
        except AllocationError as error:
            raise web.HTTPError(
                503, f"The token is taken back, but a program may still use boards by it. {error}"
            ) from error


def handlers() -> list[tuple[Any, ...]]:
    return [
        (r"/spalloc/system/login.html", SignIn),
        (r"/spalloc/system/perform_login", Password),
        (r"/spalloc/?", web.RedirectHandler, {"url": f"{PATH}/system/login.html"}),
        (r"/api/users/([^/]+)/tokens/([^/]+)", OneToken),
    ]
