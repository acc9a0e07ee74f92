# SPDX-License-Identifier: Apache-2.0
"""The form of the platform. Its name and password are public: who gets here is known already.

They are those that people have known from the original platform. What keeps others out is the hub,
or the owner of a connection (`owner.py`).
"""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response

from spinnlab.robotics import COOKIE
from spinnlab.robotics.owner import is_over_tcp

USER = "nrpuser"
PASSWORD = "password"  # not a secret


class Sessions:
    """Who is signed in, as long as the platform runs."""

    def __init__(self, single_sign_on: bool) -> None:
        self.single_sign_on = single_sign_on
        self._tokens: set[str] = set()

    def has(self, request: Request) -> bool:
        return self.single_sign_on or request.cookies.get(COOKIE) in self._tokens

    def begin(self, request: Request, answer: Response) -> None:
        token = secrets.token_urlsafe(32)
        self._tokens.add(token)
        answer.headers.append("Set-Cookie", f"{COOKIE}={token}{_attributes(request)}")

    def end(self, request: Request, answer: Response) -> None:
        self._tokens.discard(request.cookies.get(COOKIE, ""))
        answer.headers.append("Set-Cookie", f"{COOKIE}={_attributes(request)}; Max-Age=0")


def _attributes(request: Request) -> str:
    """Of the cookie. Below the page only: people of a hub without names of their own share a site.

    Over TLS it works in a frame of another site, whose cookies browsers keep apart; the notebook
    server asks for its own token before it hands a change on.
    """
    site = "SameSite=None; Secure; Partitioned" if _is_secure(request) else "SameSite=Strict"
    return f"; Path={_prefix(request)}; HttpOnly; {site}"


def _prefix(request: Request) -> str:
    """Where the browser sees the platform; the notebook server says it."""
    if is_over_tcp(request.scope):
        return "/"
    return request.headers.get("x-forwarded-prefix", "").rstrip("/") + "/"


def _is_secure(request: Request) -> bool:
    if is_over_tcp(request.scope):
        return False
    return request.headers.get("x-forwarded-proto", "").split(",")[0].strip() == "https"
