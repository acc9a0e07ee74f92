# SPDX-License-Identifier: Apache-2.0
"""What the platform answers: its page, who is signed in, and how it is."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import spinnlab
from spinnlab.robotics.owner import OwnerOnly
from spinnlab.robotics.sign_in import PASSWORD, USER, Sessions

STATIC = Path(__file__).with_name("static")
#: Colours and parts that all of our pages have in common.
SHARED = Path(spinnlab.__file__).parent / "hub" / "static"
SHARED_FILES = ("tokens.css", "hub.css", "mark.svg")
#: Nothing from elsewhere, no text that is run; who may frame it is the notebook server's say.
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'"

log = logging.getLogger("spinnlab.robotics")


@dataclass(frozen=True)
class Facts:
    """What does not change while the platform runs."""

    started_unix_s: float
    port: int  # on 127.0.0.1; 0: none
    version: str


class _Headers:
    """What every answer says to browsers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", []).extend([
                    (b"content-security-policy", POLICY.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"same-origin"),
                    (b"cache-control", b"no-cache"),
                ])  # fmt: skip
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class Application:
    """The routes; one object while the platform runs."""

    def __init__(self, facts: Facts, sessions: Sessions) -> None:
        self.facts = facts
        self.sessions = sessions

    def build(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self.page),
                Route("/api/v1/platform", self.platform),
                Route("/api/v1/session", self.session, methods=["GET"]),
                Route("/api/v1/session", self.sign_in, methods=["POST"]),
                Route("/api/v1/session", self.sign_out, methods=["DELETE"]),
                *(Route(f"/shared/{name}", _shared_file(name)) for name in SHARED_FILES),
                Mount("/static", StaticFiles(directory=STATIC)),
            ],
            middleware=[Middleware(OwnerOnly), Middleware(_Headers)],
        )

    async def page(self, _request: Request) -> Response:
        return FileResponse(STATIC / "robotics.html")

    async def platform(self, _request: Request) -> Response:
        """Nothing that needs signing in: the commands ask it."""
        return JSONResponse({
            "version": self.facts.version,
            "started_unix_s": self.facts.started_unix_s,
            "port": self.facts.port or None,
            "process": os.getpid(),
        })  # fmt: skip

    async def session(self, request: Request) -> Response:
        return JSONResponse({
            "signed_in": self.sessions.has(request),
            "form": not self.sessions.single_sign_on,
            "user": USER,
        })  # fmt: skip

    async def sign_in(self, request: Request) -> Response:
        said = await _json(request)
        if said.get("user") != USER or said.get("password") != PASSWORD:
            log.info("sign-in refused: wrong user name or password")
            return JSONResponse({"message": "User name or password is wrong."}, 401)
        answer = Response(status_code=204)
        self.sessions.begin(request, answer)
        log.info("signed in")
        return answer

    async def sign_out(self, request: Request) -> Response:
        answer = Response(status_code=204)
        self.sessions.end(request, answer)
        log.info("signed out")
        return answer


def _shared_file(name: str) -> Any:
    async def answer(_request: Request) -> Response:
        return FileResponse(SHARED / name)

    return answer


async def _json(request: Request) -> dict[str, Any]:
    """What a page has sent; nothing if it is no JSON object."""
    try:
        said = json.loads(await request.body())
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
