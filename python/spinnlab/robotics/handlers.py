# SPDX-License-Identifier: Apache-2.0
"""The platform's place in a notebook server: it is started, stopped and shown there."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from spinnlab.errors import SpinnlabError
from spinnlab.robotics import PAGE, PROXY, RESOURCE, service
from spinnlab.robotics.place import Place
from spinnlab.robotics.proxy import Proxy


def start() -> service.Running:
    """Starts the platform behind this server; it is reached through it alone."""
    return service.start(Place.mine(), port=0)


def stop() -> None:
    service.stop(Place.mine())


class Platform(APIHandler):  # type: ignore[misc]
    """{"running": {pid, started_unix_s, port, version} or null}; POST starts, DELETE stops."""

    auth_resource = RESOURCE

    @web.authenticated
    @authorized
    async def get(self) -> None:
        await self._do(lambda: service.find(Place.mine()))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        await self._do(start)

    @web.authenticated
    @authorized
    async def delete(self) -> None:
        await self._do(stop)

    async def _do(self, what: Any) -> None:
        try:
            running = await asyncio.to_thread(what)
        except SpinnlabError as error:
            raise web.HTTPError(503, str(error)) from error
        self.finish({"running": running and asdict(running)})


class StartAndShow(JupyterHandler):  # type: ignore[misc]
    """The button of the page that says that nothing runs, which has no script."""

    auth_resource = RESOURCE

    @web.authenticated
    @authorized
    async def post(self) -> None:
        try:
            await asyncio.to_thread(start)
        except SpinnlabError as error:
            raise web.HTTPError(503, str(error)) from error
        self.redirect(url_path_join(self.base_url, PAGE), status=303)


class WithSlash(JupyterHandler):  # type: ignore[misc]
    """The page's addresses are relative to it."""

    @web.authenticated
    async def get(self) -> None:
        self.redirect(self.request.path + "/")


default_handlers = [
    (r"/api/spinnlab/robotics", Platform),
    (r"/spinnlab/robotics/start", StartAndShow),
    (PROXY, WithSlash),
    (PROXY + r"/.*", Proxy),
]
