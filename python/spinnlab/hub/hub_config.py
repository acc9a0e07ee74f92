# SPDX-License-Identifier: Apache-2.0
"""JupyterHub's configuration, out of `hub.toml` and the secrets."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from spinnlab.hub import boards_service, data_base, drain, inner_tls, keys, limits, settings
from spinnlab.hub.changes import Changes
from spinnlab.hub.cookies import FRAMED_COOKIES, allow_partitioned_cookies
from spinnlab.hub.pages import current_announcement
from spinnlab.hub.proxy import SocketProxy, socket_target
from spinnlab.hub.settings import HubSettings
from spinnlab.hub.sign_in import LabAuthenticator
from spinnlab.hub.spawner import LabSpawner
from spinnlab.hub.start_queue import StartQueue
from spinnlab.hub.stop_notes import last_stop

HERE = Path(__file__).parent
#: A person waits in line, sees the place, and then the server has to come up.
START_TIMEOUT_S = 900


def configure(c: Any, hub: HubSettings) -> None:
    """Sets everything on JupyterHub's configuration object `c`."""
    secrets = keys.read(hub.folder)
    groups = limits.find_groups()
    _site(c, hub, secrets)
    _people(c, hub)
    _servers(c, hub, groups)
    _services(c, hub, secrets)
    data_base.explain_errors()
    c.JupyterHub.tornado_settings = {
        "spinnlab": hub,
        "spinnlab_groups": groups,
        "spinnlab_changes": Changes(hub.allocator_socket),
        **_headers_and_cookies(hub),
    }


def _site(c: Any, hub: HubSettings, secrets: dict[str, str]) -> None:
    scheme = "https" if hub.site.tls == "certificate" else "http"
    c.JupyterHub.bind_url = f"{scheme}://{hub.site.address}:{hub.site.port}"
    c.JupyterHub.hub_bind_url = f"{inner_scheme(hub)}://127.0.0.1:{hub_port(hub)}"
    c.JupyterHub.internal_ssl = hub.site.inner_tls
    c.JupyterHub.internal_certs_location = str(inner_tls.folder(hub))
    c.JupyterHub.db_url = f"sqlite:///{hub.folder / 'hub.sqlite'}"
    c.JupyterHub.cookie_secret = bytes.fromhex(secrets["cookie_secret"])
    c.JupyterHub.public_url = hub.public_url + "/"
    if hub.site.subdomains:
        c.JupyterHub.subdomain_host = hub.public_url
        # A page at NAME.host cannot plant a cookie that the hub would take for its own. On one
        # domain the prefix would do harm: such cookies have the path "/", and all servers get them.
        c.JupyterHub.cookie_host_prefix_enabled = hub.site.tls != "none"
    c.JupyterHub.default_url = "/hub/home"
    c.JupyterHub.redirect_to_server = False
    c.JupyterHub.template_vars = {
        "site": hub.site.name,
        "lab_static": "/hub/lab-static/",
        "announcement": lambda _user: current_announcement(hub),
        "last_stop": lambda user: user and last_stop(hub, user.name),
        "draining": lambda _user: drain.notice(hub.folder),
    }
    c.JupyterHub.template_paths = [str(HERE / "templates")]
    c.JupyterHub.pid_file = str(hub.run_folder / "hub-app.pid")
    # Servers and the proxy go on while the hub is restarted or upgraded.
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.cleanup_proxy = False
    c.JupyterHub.proxy_class = SocketProxy
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.auth_token = secrets["proxy_token"]
    c.ConfigurableHTTPProxy.api_url = f"{inner_scheme(hub)}://127.0.0.1:{proxy_api_port(hub)}"
    # With subdomains the proxy goes by names, which browsers send in small letters.
    host = hub.site.host.lower() if hub.site.subdomains else ""
    c.SocketProxy.extra_routes = {
        f"{host}{path}": socket_target(hub.boards_socket) for path in boards_service.ALLOCATORS
    }
    c.CryptKeeper.keys = [bytes.fromhex(secrets["crypt_key"])]


def inner_scheme(hub: HubSettings) -> str:
    """How the hub's parts speak with each other over TCP."""
    return "https" if hub.site.inner_tls else "http"


def hub_port(hub: HubSettings) -> int:
    """JupyterHub behind its proxy, on this computer only."""
    return hub.site.port + 1


def proxy_api_port(hub: HubSettings) -> int:
    """Where the hub tells the proxy its routes; it takes no request without the token."""
    return hub.site.port + 2


def _people(c: Any, hub: HubSettings) -> None:
    c.JupyterHub.authenticator_class = LabAuthenticator
    c.LabAuthenticator.settings = hub
    c.LabAuthenticator.admin_users = set(hub.people.admins)
    c.LabAuthenticator.enable_auth_state = True
    # Who may come in is decided when the account is approved, or by the provider's groups.
    c.LabAuthenticator.allow_all = True
    c.LabAuthenticator.manage_groups = False
    c.JupyterHub.admin_access = False


def _servers(c: Any, hub: HubSettings, groups: limits.Groups | None) -> None:
    at_once = hub.limits.starts_at_once or 2 * (os.cpu_count() or 1)
    c.JupyterHub.spawner_class = LabSpawner
    c.LabSpawner.settings = hub
    c.LabSpawner.groups = groups
    c.LabSpawner.queue = StartQueue(at_once)
    c.LabSpawner.disable_user_config = True
    c.LabSpawner.ssl_alt_names_include_local = False
    c.LabSpawner.ssl_alt_names = list(inner_tls.NAMES_OF_PEOPLE)
    c.LabSpawner.start_timeout = START_TIMEOUT_S
    c.LabSpawner.http_timeout = 60
    c.LabSpawner.poll_interval = 5  # s; so long a killed server is taken for running
    c.JupyterHub.concurrent_spawn_limit = 0  # our own queue says the place in line instead
    c.JupyterHub.active_server_limit = 0
    c.LabSpawner.environment = {"JUPYTERHUB_SINGLEUSER_EXTENSION": "1"}
    c.LabSpawner.env_keep = ["PATH", "LANG", "LC_ALL", "TZ"]
    c.LabSpawner.interrupt_timeout = 2
    c.LabSpawner.term_timeout = 3


def _services(c: Any, hub: HubSettings, secrets: dict[str, str]) -> None:
    c.JupyterHub.load_roles = [
        {
            "name": "idle-culler",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": ["idle-culler"],
        },
        {"name": "supervisor", "scopes": ["proxy"], "services": ["supervisor"]},
    ]
    c.JupyterHub.services = [
        {
            "name": "idle-culler",
            "command": [
                *(sys.executable, "-m", "spinnlab.hub.idle"),
                *("--folder", str(hub.folder)),
            ],
        },
        # A proxy that was killed comes back without routes; the supervisor asks the hub for them.
        {"name": "supervisor", "api_token": secrets["supervisor_token"]},
    ]


def _headers_and_cookies(hub: HubSettings) -> dict[str, Any]:
    """TLS where there is any; another site's page may hold the hub only if hub.toml names it."""
    headers = {"Content-Security-Policy": f"frame-ancestors {' '.join(hub.frames.parents)}"}
    if hub.site.tls != "none":
        # For a year browsers come over TLS, whatever a link says (RFC 6797).
        below = "; includeSubDomains" if hub.site.subdomains else ""
        headers["Strict-Transport-Security"] = f"max-age=31536000{below}"
    if not hub.frames.parents:
        headers["Content-Security-Policy"] = "frame-ancestors 'none'"
        return {
            "headers": headers,
            "cookie_options": {"SameSite": "Lax", "Secure": hub.site.tls != "none"},
        }
    allow_partitioned_cookies()
    return {"headers": headers, "cookie_options": FRAMED_COOKIES}


def from_environment(c: Any) -> None:
    """For `jupyterhub_config.py`: the folder comes from `$SPINNLAB_HUB`."""
    configure(c, settings.load(settings.default_folder()))
