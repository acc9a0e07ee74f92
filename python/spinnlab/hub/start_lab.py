# SPDX-License-Identifier: Apache-2.0
"""/hub/start-lab: one address that leads to JupyterLab, for links and frames of other sites.

Whoever is signed in at the one provider comes in without a click; everybody else sees the sign-in
page and then JupyterLab. `?path=FOLDER/FILE` opens that file.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from jupyterhub.utils import url_path_join
from tornado import web
from tornado.httputil import url_concat

from spinnlab.hub.pages import LabPage


class StartLab(LabPage):
    """Sends on: to the provider, to the page that waits for the server, or to the server."""

    async def get(self) -> None:
        path = self.get_argument("path", "").strip("/")
        if ".." in path.split("/"):
            raise web.HTTPError(400, "'path' names a file of one's own, without '..'.")
        user = self.current_user
        if user is None:
            self.redirect(self._door())
            return
        self.redirect(self.link_to(user, f"lab/tree/{quote(path)}" if path else "lab"))

    def _door(self) -> str:
        providers = self.authenticator.providers
        wanted = {"next": self.request.uri or ""}
        if len(providers) != 1:
            return str(url_concat(url_path_join(self.hub.base_url, "login"), wanted))
        # The provider is asked without a page of its own; without a session there, it sends back
        # to the sign-in page.
        door = providers[0].login_url(self.hub.base_url)
        return str(url_concat(door, {**wanted, "silent": "1"}))


def handlers() -> list[tuple[Any, ...]]:
    return [(r"/start-lab", StartLab)]
