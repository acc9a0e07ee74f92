# SPDX-License-Identifier: Apache-2.0
"""A real OpenID Connect provider on this computer: npm's oidc-provider by the hub's Node.js."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lab_hub
from spinnlab.programs import environments_folder

HERE = Path(__file__).parent / "oidc"


@dataclass
class Site:
    """A hub and the provider by which people sign in there."""

    hub: Any
    issuer: str  # as browsers name it


def program() -> Path:
    """The provider with its packages, installed once for this checkout."""
    lab_hub.node()
    cache = environments_folder().parent / "build" / "oidc"
    if not (cache / "node_modules" / "oidc-provider").is_dir():
        with tempfile.TemporaryDirectory() as scratch:
            for file in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(HERE / file, scratch)
            npm = environments_folder() / "hub" / "bin" / "npm"
            result = subprocess.run(
                [str(npm), "ci", "--loglevel=error"], cwd=scratch, capture_output=True, text=True,
                check=False, timeout=240,
            )  # fmt: skip
            assert result.returncode == 0, result.stderr
            cache.parent.mkdir(exist_ok=True)
            with contextlib.suppress(OSError):  # another worker was quicker
                shutil.copytree(scratch, cache)
    shutil.copy(HERE / "provider.js", cache / "provider.js")
    return cache / "provider.js"


def _settings(issuer: str, inside: str, more: str) -> str:
    return f"""
[[oidc]]
name = "house"
title = "the house account"
authorize_url = "{issuer}/auth"
token_url = "{inside}/token"
userdata_url = "{inside}/me"
client_id = "spinnlab"
client_secret_file = "secrets/house"
{more}
"""


@contextlib.contextmanager
def with_provider(
    make_hub: Callable[..., Any],
    more: str = "",
    after: str = "",
    host: str = "localhost",
    **options: Any,
) -> Iterator[Site]:
    """A hub of which a provider on another port knows everybody.

    `more` stands in the provider's table of hub.toml, `after` behind it. Browsers reach the
    provider at `host`. With `tls=...` it has the hub's certificate, and cookies for frames, too.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    tls = options.get("tls", ())
    scheme, files = ("https", [tls[3], tls[5]]) if tls else ("http", [])
    issuer, inside = f"{scheme}://{host}:{port}", f"{scheme}://localhost:{port}"
    secret = secrets.token_hex(16)
    if files:
        more += f'\ncertificate_authority = "{files[0]}"'
    text = _settings(issuer, inside, more) + after
    hub = make_hub(text, files={"secrets/house": secret}, **options)
    callback = f"{hub.url}/hub/oidc/house/oauth_callback"
    process = subprocess.Popen(
        [str(lab_hub.node()), str(program()), str(port), callback, secret, *files],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout and "ready" in process.stdout.readline()
        yield Site(hub, issuer)
    finally:
        process.terminate()
        process.wait(10)
