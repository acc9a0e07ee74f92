# SPDX-License-Identifier: Apache-2.0
"""TLS between the parts of a hub, where `site.inner_tls` asks for it (decision 0029).

JupyterHub makes the certificates (its `internal_ssl`): hub, proxy and people's servers each have
one and refuse whoever has none. Here is where they lie, and what is told to the parts that
JupyterHub does not start itself. A person's server still listens at its Unix socket in the open:
only the person and root come that far.
"""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.hub.settings import HubSettings

LONGEST_S = 60.0
#: Of those that are still good for so long nobody has to be told.
ENOUGH_DAYS = 60
#: A person's server does not encrypt its own socket.
PLAIN_SERVER = ("--ServerApp.certfile=", "--ServerApp.keyfile=", "--ServerApp.client_ca=")
#: In people's certificates in place of localhost, which JupyterHub would write: each person has the
#: key, and must not pass for the hub or the proxy with it.
NAMES_OF_PEOPLE = ("DNS:person.invalid",)


class InnerTlsError(SpinnlabError):
    """The certificates cannot be made; the text has JupyterHub's last words."""


def folder(hub: HubSettings) -> Path:
    """Not in backups: a hub that finds none makes new ones."""
    return hub.folder / "inner-tls"


def _pair(hub: HubSettings, name: str) -> tuple[str, str]:
    """Files of a part's certificate and of its key."""
    base = folder(hub) / name / name
    return f"{base}.crt", f"{base}.key"


def _hubs_authority(hub: HubSettings) -> str:
    """File of the one authority that signs for the hub, and for nobody else."""
    return str(folder(hub) / "hub-ca" / "hub-ca.crt")


def make(hub: HubSettings, config: Path) -> None:
    """Makes the certificates if there are none; `config` is JupyterHub's. Raises InnerTlsError."""
    pairs = [_pair(hub, name) for name in ("hub-internal", "proxy-api", "proxy-client")]
    wanted = [_hubs_authority(hub), *(file for pair in pairs for file in pair)]
    if all(Path(file).is_file() for file in wanted):
        return
    try:
        done = subprocess.run(
            [sys.executable, "-m", "jupyterhub", "--config", str(config), "--generate-certs"],
            env={**os.environ, "SPINNLAB_HUB": str(hub.folder)}, cwd=hub.folder,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST_S,
            check=False,
        )  # fmt: skip
        said = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
    except subprocess.TimeoutExpired:
        said = f"nothing within {LONGEST_S:.0f} s"
    if missing := [file for file in wanted if not Path(file).is_file()]:
        raise InnerTlsError(
            f"The certificates for site.inner_tls could not be made: no {missing[0]}. "
            f"JupyterHub says:\n{said}\n"
            "Take inner_tls out of hub.toml to start without."
        )


def proxy_options(hub: HubSettings) -> list[str]:
    """For configurable-http-proxy: whom its interface obeys, and how it knows the hub.

    JupyterHub's own bundles would let people's certificates pass for both.
    """
    (api, api_key), (client, client_key) = _pair(hub, "proxy-api"), _pair(hub, "proxy-client")
    return [
        *("--api-ssl-cert", api, "--api-ssl-key", api_key),
        *("--api-ssl-ca", _hubs_authority(hub)),
        *("--api-ssl-request-cert", "--api-ssl-reject-unauthorized"),
        *("--client-ssl-cert", client, "--client-ssl-key", client_key),
        *("--client-ssl-ca", _hubs_authority(hub)),
        *("--client-ssl-request-cert", "--client-ssl-reject-unauthorized"),
    ]


def as_the_hub(hub: HubSettings) -> ssl.SSLContext:
    """For who asks the hub and may read its own key: the supervisor."""
    context = ssl.create_default_context(cafile=_hubs_authority(hub))
    context.load_cert_chain(*_pair(hub, "hub-internal"))
    return context


def hand_to(uid: int, gid: int, paths: dict[str, str], place: Path) -> dict[str, str]:
    """Copies a server's files to `place`, a folder of root's, each readable by the person alone."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for open_to_pass in (place.parent, place):
        open_to_pass.chmod(0o711)
    handed = {}
    for what, file in paths.items():
        copy = place / f"{what}.pem"
        with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as target:
            target.write(Path(file).read_bytes())
            if os.geteuid() == 0:
                os.fchown(target.fileno(), uid, gid)
        handed[what] = str(copy)
    for what in ("keyfile", "certfile"):
        Path(paths[what]).unlink(missing_ok=True)
    return handed


def days_left(hub: HubSettings) -> float | None:
    """Until the first of the hub's own certificates ends; None where there are none yet."""
    from cryptography.x509 import load_pem_x509_certificate

    ends = []
    for name in ("hub-internal", "proxy-api", "proxy-client", "hub-ca", "proxy-api-ca"):
        file = Path(_pair(hub, name)[0])
        if not file.is_file():
            return None
        ends.append(load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc)
    return float((min(ends) - datetime.now(UTC)).total_seconds() / 86_400)
