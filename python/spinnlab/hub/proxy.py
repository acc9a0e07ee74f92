# SPDX-License-Identifier: Apache-2.0
"""configurable-http-proxy with people's servers on Unix sockets."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyterhub.proxy import ConfigurableHTTPProxy
from traitlets import validate

#: JupyterHub stores a port with every server and writes it behind the socket's path, too.
PORT = ":80"
SCHEME = "http+unix://"


def socket_target(socket: Path) -> str:
    """A Unix socket as the target of a route."""
    return f"{SCHEME}{quote(str(socket), safe='')}"


class SocketProxy(ConfigurableHTTPProxy):
    """JupyterHub 6.1 names a server `http+unix://PATH:80`; the proxy takes `:80` for its file name.

    The port is taken off on the way to the proxy and put on again on the way back, so that the hub
    recognises its own routes.
    """

    @validate("extra_routes")
    def _validate_extra_routes(self, proposal: dict[str, Any]) -> Any:
        """JupyterHub takes TCP targets only; ours come from `hub_config`, not from people."""
        return proposal["value"]

    async def add_route(self, routespec: str, target: str, data: dict[str, Any]) -> Any:
        if target.startswith(SCHEME):
            target = target.removesuffix(PORT)
        return await super().add_route(routespec, target, data)

    async def get_all_routes(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        routes: dict[str, Any] = await super().get_all_routes(*arguments, **options)
        for route in routes.values():
            if route["target"].startswith(SCHEME) and not route["target"].endswith(PORT):
                route["target"] += PORT
        return routes
