# SPDX-License-Identifier: Apache-2.0
"""Hands requests for `proxy/9000/` on to the platform's socket, and to nothing else.

See decision 0031 for why this is not jupyter-server-proxy. The platform speaks HTTP only so far.
"""

from __future__ import annotations

import html
import socket
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.httputil import HTTPHeaders, parse_response_start_line
from tornado.netutil import Resolver
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from spinnlab.robotics import COOKIE, PROXY, RESOURCE
from spinnlab.robotics.place import Place

NOT_RUNNING = Path(__file__).with_name("static") / "not_running.html"
#: What the platform is told of a request. It must not learn the person's token or cookies: whoever
#: has them can act in the notebook server.
TOLD = (
    "Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "If-Modified-Since",
    "If-None-Match", "Range",
)  # fmt: skip
#: Of one connection, not of the answer; Content-Length is right only for a body as it is.
NOT_PASSED = ("Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "Trailer", "Date")
#: Answers may be streams without an end.
LONGEST_ANSWER_S = 12 * 3600.0
LONGEST_ANSWER_BYTES = 1 << 40


class _OneSocket(Resolver):
    """Whatever name is asked for, the answer is a Unix socket."""

    def initialize(self, path: str) -> None:
        self.path = path

    async def resolve(self, host: str, port: int, family: Any = 0) -> list[tuple[int, Any]]:
        del host, port, family
        return [(socket.AF_UNIX, self.path)]


class Proxy(JupyterHandler):  # type: ignore[misc]
    """For who may use the notebook server and its terminals; changes need its XSRF token."""

    auth_resource = RESOURCE

    @web.authenticated
    @authorized
    async def pass_on(self) -> None:
        """The answer of the platform, as it comes."""
        if self.request.method == "GET":
            _ = self.xsrf_token  # sets its cookie: a page that was not in Jupyter before has none
        self._lines: list[str] = []
        client = SimpleAsyncHTTPClient(
            force_instance=True,
            resolver=_OneSocket(path=str(Place.mine().socket_file)),
            max_body_size=LONGEST_ANSWER_BYTES,
        )
        try:
            answer = await client.fetch(self._request(), raise_error=False)
        except (OSError, HTTPClientError) as error:
            await self._no_answer(error)
            return
        finally:
            client.close()
        if answer.code == 599:
            await self._no_answer(answer.error)
            return
        self._begin()  # where there is no body
        self.finish()

    get = head = post = put = patch = delete = pass_on

    def _request(self) -> HTTPRequest:
        here = url_path_join(self.base_url, PROXY)
        path = self.request.path.removeprefix(here)  # as it was sent, not decoded
        asked = self.request.headers
        headers = {name: asked[name] for name in TOLD if name in asked}
        headers["X-Forwarded-Prefix"] = here
        headers["X-Forwarded-Proto"] = self.request.protocol
        if cookie := _own_cookie(asked.get("Cookie", "")):
            headers["Cookie"] = cookie
        query = f"?{self.request.query}" if self.request.query else ""
        return HTTPRequest(
            f"http://localhost{path}{query}", method=self.request.method, headers=headers,
            body=self.request.body or None, allow_nonstandard_methods=True,
            follow_redirects=False, decompress_response=False,
            connect_timeout=5.0, request_timeout=LONGEST_ANSWER_S,
            header_callback=self._lines.append, streaming_callback=self._take,
        )  # fmt: skip

    def _begin(self) -> None:
        """Takes over what the platform's answer begins with; once."""
        if not self._lines:
            return
        start = parse_response_start_line(self._lines[0].strip())
        headers = HTTPHeaders.parse("".join(self._lines[1:]))
        self._lines = []
        self.set_status(start.code, start.reason or "Unknown")
        for name in NOT_PASSED:
            headers.pop(name, None)
        if "Content-Type" not in headers:
            self.clear_header("Content-Type")
        for name, value in headers.get_all():
            # The policy of the notebook server stands beside that of the platform.
            many = name in ("Set-Cookie", "Content-Security-Policy")
            (self.add_header if many else self.set_header)(name, value)

    def _take(self, chunk: bytes) -> None:
        self._begin()
        self.write(chunk)
        self.flush()

    async def _no_answer(self, error: Any) -> None:
        if self._headers_written:  # it ended in the middle of its answer
            self.log.warning("the robotics platform broke off: %s", error)
            self.request.connection.stream.close()
            return
        asks_for_page = "text/html" in self.request.headers.get("Accept", "")
        if self.request.method != "GET" or not asks_for_page:
            raise web.HTTPError(503, "The robotics platform is not running.")
        page = NOT_RUNNING.read_text(encoding="utf-8")
        token = self.xsrf_token
        texts = {
            "START": url_path_join(self.base_url, "spinnlab/robotics/start"),
            "TOKEN": token.decode() if isinstance(token, bytes) else token,
        }
        for name, text in texts.items():
            page = page.replace(f"{{{{{name}}}}}", html.escape(text, quote=True))
        self.set_status(503, "Not running")
        self.finish(page)


def _own_cookie(cookies: str) -> str:
    """Of all cookies of a browser the platform's own, as it is sent on; "" if there is none."""
    try:
        found = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return ""
    return f"{COOKIE}={found.coded_value}" if found else ""
