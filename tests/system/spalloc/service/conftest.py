# SPDX-License-Identifier: Apache-2.0
"""A spallocd with the HTTP service: its users, its certificate, and who asks it."""

import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from spinnlab.programs import find_program

sys.path.insert(0, str(Path(__file__).parent))
from web import Web

PASSWORDS = {"ada": "difference-engine", "bob": "looms-of-jacquard", "root": "analytical-engine"}
ROLES = {"ada": "user", "bob": "user", "root": "admin", "eve": "reader"}
TOKENS = {"root": "0123456789abcdef" * 4, "eve": "fedcba9876543210" * 4}


@pytest.fixture(scope="session")
def users_file(tmp_path_factory) -> Path:
    """Four users, with hashes made by the program itself."""

    def hashed(option: str, secret: str) -> str:
        done = subprocess.run(
            [str(find_program("spallocd")), option],
            input=secret + "\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout.strip()

    lines = ["# who may use the service", ""]
    for name, role in ROLES.items():
        hashes = [hashed("--hash-password", PASSWORDS[name])] if name in PASSWORDS else []
        hashes += [hashed("--hash-token", TOKENS[name])] if name in TOKENS else []
        lines.append(" ".join([name, role, *hashes]))
    path = tmp_path_factory.mktemp("users") / "users"
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    """Of localhost, signed by itself: certificate and key."""
    folder = tmp_path_factory.mktemp("certificate")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    key.chmod(0o600)
    return certificate, key


@pytest.fixture
def service(spallocd, users_file, certificate):
    """service(*options): a daemon with both ports of the HTTP service."""

    def start(*options: str):
        return spallocd(
            "--http", "0", "--https", "0", "--http-users", str(users_file),
            "--certificate", str(certificate[0]), "--key", str(certificate[1]), *options,
        )  # fmt: skip

    return start


@pytest.fixture
def web(certificate):
    """web(daemon, name=None, secure=False): somebody who is signed in, or nobody."""

    def make(daemon, name: str | None = None, secure: bool = False) -> Web:
        context = ssl.create_default_context(cafile=certificate[0]) if secure else None
        client = Web(daemon.https_port if secure else daemon.http_port, context)
        if name in PASSWORDS:
            return client.login(name, PASSWORDS[name])
        client.token = TOKENS.get(name)
        return client

    return make
