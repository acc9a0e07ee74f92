# SPDX-License-Identifier: Apache-2.0
"""Another site on this computer, whose pages show an address in a frame, as a collab does."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Page(http.server.BaseHTTPRequestHandler):
    """A page that shows the address after "?" in a frame."""

    def do_GET(self) -> None:
        address = self.path.partition("?")[2]
        frame = f'<iframe width="1200" height="800" src="{address}"></iframe>'
        text = f"<!doctype html><title>wiki</title>{frame}"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def framing_site(certificate: tuple[str, str], host: str = "127.0.0.1") -> Iterator[str]:
    """Its origin; with `certificate`, files of a certificate and its key.

    `host`: an address, or a name below localhost, which browsers look up nowhere.
    """
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://{host}:{server.server_port}"
    server.shutdown()
