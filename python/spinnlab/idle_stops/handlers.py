# SPDX-License-Identifier: Apache-2.0
"""What pages ask: when idle kernels are stopped, and what was stopped while nobody looked."""

from __future__ import annotations

from dataclasses import asdict

from jupyter_server.base.handlers import APIHandler
from tornado import web

from spinnlab.idle_stops.notes import Notes


class Stops(APIHandler):  # type: ignore[misc]
    """GET {"kernel_s": seconds or 0 for never, "notes": [{what, why, unix_s}]}; DELETE ?until=."""

    @web.authenticated
    async def get(self) -> None:
        self.finish({
            "kernel_s": self.kernel_manager.cull_idle_timeout,
            "notes": [asdict(note) for note in Notes().all()],
        })  # fmt: skip

    @web.authenticated
    async def delete(self) -> None:
        try:
            until = float(self.get_argument("until"))
        except ValueError:
            raise web.HTTPError(400, "'until' must be seconds since 1970") from None
        Notes().forget(until)
        self.set_status(204)
        self.finish()


default_handlers = [(r"/api/spinnlab/stops", Stops)]
