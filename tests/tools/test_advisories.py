# SPDX-License-Identifier: Apache-2.0
"""tools/advisories.py, asking a service on this computer that speaks as OSV's documents say."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "advisories.py"

ABOUT = {
    "id": "GHSA-0000-test",
    "aliases": ["CVE-2026-0000"],
    "summary": "A redirect leads anywhere",
    "affected": [
        {
            "package": {"name": "jupyterhub", "ecosystem": "PyPI"},
            "ranges": [
                {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "0123abc"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9.9"}]},
            ],
        }
    ],
}


class Service(ThreadingHTTPServer):
    """Knows advisories about the packages in `faulty`, the second on a second page."""

    faulty: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: set[tuple[str, str]] = set()


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        queries = json.loads(body)["queries"]
        self.answer({"results": [self.result(query) for query in queries]})

    def do_GET(self) -> None:
        self.answer(ABOUT | {"id": self.path.rpartition("/")[2]})

    def result(self, query: dict[str, Any]) -> dict[str, Any]:
        package = query["package"]
        self.server.asked.add((package["ecosystem"], package["name"]))
        if package["name"] not in self.server.faulty:
            return {}
        if query.get("page_token") == "more":
            return {"vulns": [{"id": "GHSA-0001-test"}]}
        return {"vulns": [{"id": "GHSA-0000-test"}], "next_page_token": "more"}

    def answer(self, what: Any) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(what).encode())

    def log_message(self, *_: Any) -> None:
        """Tests say enough."""


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def run(port: int) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(TOOL), "--service", f"http://127.0.0.1:{port}"]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_all_that_is_pinned_is_asked_for(service: Service) -> None:
    done = run(service.server_port)
    assert done.returncode == 0, done.stderr
    assert "No advisory is known" in done.stdout
    wanted = {
        ("PyPI", "jupyterhub"),
        ("PyPI", "sPyNNaker"),
        ("PyPI", "numpy"),
        ("npm", "configurable-http-proxy"),
        ("npm", "esbuild"),
    }
    assert wanted <= service.asked


def test_an_advisory_is_said_with_its_place_and_its_mending(service: Service) -> None:
    service.faulty = ("jupyterhub",)
    done = run(service.server_port)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("jupyterhub ")
    for part in ("tools/requirements-hub.txt", "GHSA-0000-test CVE-2026-0000", "mended in 9.9.9"):
        assert part in lines[0]
    assert "0123abc" not in lines[0]
    assert "GHSA-0001-test" in lines[1]


def test_nobody_there_is_no_good_news(service: Service) -> None:
    port = service.server_port
    service.shutdown()
    service.server_close()
    done = run(port)
    assert done.returncode == 2
    assert "Nobody was asked" in done.stderr
    assert "neither good nor bad" in done.stderr
    assert not done.stdout
