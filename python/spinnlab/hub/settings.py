# SPDX-License-Identifier: Apache-2.0
"""`hub.toml`: everything that a site decides about its hub, read and checked in one place."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from spinnlab.errors import SpinnlabError

FILE = "hub.toml"
ROOTS_FOLDER = Path("/var/lib/spinnlab-hub")
SIGN_UP = ("approval", "code", "closed")
TLS = ("certificate", "proxy", "none")
HOST = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?")
#: Passwords shorter than this are not worth a lock-out; NIST SP 800-63B asks for 8 at least.
FEWEST_CHARACTERS = 8


class SettingsError(SpinnlabError):
    """`hub.toml` says something that cannot be done; the text names the key and what it may be."""


@dataclass(frozen=True)
class Site:
    """Where the hub is reached. With `tls = "proxy"` another server ends TLS in front of it.

    With `subdomains` everybody's server is at NAME.host, and browsers keep people's pages apart.
    With `inner_tls` the hub's parts know each other by certificates, whoever listens at a port.
    """

    name: str = "SpiNNLab"
    host: str = "localhost"
    address: str = "127.0.0.1"
    port: int = 8000
    tls: str = "none"
    certificate: str = ""
    key: str = ""
    redirect_port: int = 0  # of plain HTTP, sends browsers to HTTPS; 0: none
    subdomains: bool = False
    inner_tls: bool = False
    homes: str = "/home"
    announcement: str = ""


@dataclass(frozen=True)
class People:
    """Local accounts. `sign_up`: an admin approves, a code lets in, or admins add people."""

    admins: list[str] = field(default_factory=list)
    local_accounts: bool = True
    sign_up: str = "approval"
    shortest_password: int = 10
    failed_logins: int = 5
    lock_minutes: int = 10


@dataclass(frozen=True)
class Provider:
    """An OpenID Connect provider. The secret stands in a file of its own, mode 0600."""

    name: str
    authorize_url: str
    token_url: str
    userdata_url: str
    client_id: str
    client_secret_file: str
    title: str = ""
    scope: list[str] = field(default_factory=lambda: ["openid", "profile"])
    username_claim: str = "preferred_username"
    groups_claim: str = ""
    allowed_groups: list[str] = field(default_factory=list)
    admin_groups: list[str] = field(default_factory=list)
    logout_url: str = ""
    certificate_authority: str = ""


@dataclass(frozen=True)
class Limits:
    """What one person's server, kernels and jobs may take together; 0 takes a limit away."""

    memory_mib: int = 4096
    cores: float = 2.0
    processes: int = 512
    open_files: int = 4096
    disk_mib: int = 10240
    starts_at_once: int = 0  # 0: twice the number of cores
    run_hours: float = 24.0  # wall time of a native run, and of a job from getting its boards on


@dataclass(frozen=True)
class Boards:
    """The machine, and everybody's share of it."""

    machine: str = "spinnlab=cabinet"
    boards: int = 24
    jobs: int = 4
    port: int = 22244  # of the spalloc protocol, on 127.0.0.1; 0: any free one


@dataclass(frozen=True)
class Idle:
    """When unused boards, kernels and servers are stopped. A running simulation never is.

    A page that is open keeps its server, but not its kernel: it says ten minutes before.
    """

    boards_minutes: float = 30.0  # boards that neither compute nor are spoken to; 0: kept
    kernel_minutes: float = 60
    server_minutes: float = 120
    look_every_s: float = 300


@dataclass(frozen=True)
class Frames:
    """Pages that may show the hub in a frame, such as a collab; needs TLS."""

    parents: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Network:
    """Addresses, networks and names that people's programs may reach; "anywhere": all."""

    allowed: list[str] = field(default_factory=lambda: ["anywhere"])


@dataclass(frozen=True)
class Course:
    """Material for everybody: a folder, or a git repository and its branch."""

    source: str = ""
    branch: str = ""
    folder: str = "course"


@dataclass(frozen=True)
class Robotics:
    """The neurorobotics platform. Who is signed in at the hub may skip its form."""

    single_sign_on: bool = False


@dataclass(frozen=True)
class HubSettings:
    """All of `hub.toml`. `folder` is where it stands, with the secrets and the data bases."""

    folder: Path
    site: Site = field(default_factory=Site)
    people: People = field(default_factory=People)
    oidc: list[Provider] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)
    boards: Boards = field(default_factory=Boards)
    idle: Idle = field(default_factory=Idle)
    frames: Frames = field(default_factory=Frames)
    network: Network = field(default_factory=Network)
    course: Course = field(default_factory=Course)
    robotics: Robotics = field(default_factory=Robotics)
    demo: bool = False

    @property
    def public_url(self) -> str:
        """What people type, without a slash at the end."""
        secure = self.site.tls != "none"
        usual = 443 if secure else 80
        # A front proxy listens on the usual port, whatever the hub's own is.
        port = usual if self.site.tls == "proxy" else self.site.port
        host = self.site.host if port == usual else f"{self.site.host}:{port}"
        return f"{'https' if secure else 'http'}://{host}"

    @property
    def run_folder(self) -> Path:
        """Sockets and process numbers; short, because a socket's path may have 107 bytes."""
        if os.geteuid() != 0:
            return self.folder / "run"
        if self.folder == ROOTS_FOLDER:
            return Path("/run/spinnlab-hub")
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:8]
        return Path(f"/run/spinnlab-hub-{digest}")

    @property
    def boards_socket(self) -> Path:
        """Of the allocator's HTTP service, for the proxy."""
        return self.run_folder / "boards.sock"

    @property
    def allocator_socket(self) -> Path:
        return self.run_folder / "spallocd.sock"


def default_folder() -> Path:
    """`$SPINNLAB_HUB`, else /var/lib/spinnlab-hub for root, else ~/spinnlab-hub."""
    chosen = os.environ.get("SPINNLAB_HUB")
    if chosen:
        return Path(chosen).absolute()
    return ROOTS_FOLDER if os.geteuid() == 0 else Path.home() / "spinnlab-hub"


def load(folder: Path) -> HubSettings:
    """Reads and checks FOLDER/hub.toml; raises SettingsError that names the key."""
    file = folder / FILE
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"There is no hub in {folder}. 'spinnlab hub init' makes one; --folder or "
            "SPINNLAB_HUB can name another place."
        ) from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from error
    settings: HubSettings = _build(HubSettings, {**values, "folder": folder.absolute()}, "")
    _check(settings)
    return settings


def _build(kind: type[Any], values: dict[str, Any], where: str) -> Any:
    hints = get_type_hints(kind)
    known = {item.name: item for item in fields(kind)}
    for key in values:
        if key not in known:
            names = ", ".join(name for name in known if name != "folder")
            raise SettingsError(f"{FILE}: '{where}{key}' is not known. Known here: {names}.")
    built = {name: _value(hints[name], value, f"{where}{name}") for name, value in values.items()}
    missing = [item.name for item in known.values() if item.name not in built and _required(item)]
    if missing:
        raise SettingsError(f"{FILE}: '{where}{missing[0]}' is missing.")
    return kind(**built)


def _required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _value(hint: Any, value: Any, where: str) -> Any:
    if hint is Path:
        return value
    if hint == list[Provider]:
        if not isinstance(value, list):
            raise SettingsError(f"{FILE}: write [[{where}]] with two brackets, one each provider.")
        return [_build(Provider, item, f"{where}.") for item in value]
    if hint == list[str]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise SettingsError(f'{FILE}: \'{where}\' must be a list of texts such as ["a", "b"].')
        return value
    if hint in (bool, int, float, str):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        fits = number if hint is float else type(value) is hint
        if not fits:
            word = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
            raise SettingsError(f"{FILE}: '{where}' must be {word[hint]}, not {value!r}.")
        return value
    if not isinstance(value, dict):
        raise SettingsError(f"{FILE}: '{where}' must be a table: write [{where}].")
    return _build(hint, value, f"{where}.")


def _one_of(key: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SettingsError(f"{FILE}: '{key}' is {value!r}; it may be {', '.join(allowed)}.")


def _check(settings: HubSettings) -> None:
    site, people = settings.site, settings.people
    _one_of("site.tls", site.tls, TLS)
    _one_of("people.sign_up", people.sign_up, SIGN_UP)
    if not HOST.fullmatch(site.host):
        raise SettingsError(
            f"{FILE}: 'site.host' is {site.host!r}; it is an address, or a name such as "
            "lab.example.org, of another alphabet in its form xn--..."
        )
    if not 1 <= site.port <= 65535:
        raise SettingsError(f"{FILE}: 'site.port' is {site.port}; ports are 1 to 65535.")
    if site.tls == "certificate" and not (site.certificate and site.key):
        raise SettingsError(f"{FILE}: site.tls = \"certificate\" needs 'certificate' and 'key'.")
    if site.redirect_port and site.tls != "certificate":
        raise SettingsError(f"{FILE}: 'site.redirect_port' needs site.tls = \"certificate\".")
    if site.subdomains and (site.host.replace(".", "").isdigit() or ":" in site.host):
        raise SettingsError(
            f"{FILE}: 'site.subdomains' needs a name in 'site.host', not {site.host}; "
            "the names below it (*.NAME) must lead to this computer, too."
        )
    if people.shortest_password < FEWEST_CHARACTERS:
        raise SettingsError(
            f"{FILE}: 'people.shortest_password' is {people.shortest_password}; "
            f"{FEWEST_CHARACTERS} characters are the least."
        )
    if people.failed_logins < 1 or people.lock_minutes < 1:
        raise SettingsError(f"{FILE}: 'failed_logins' and 'lock_minutes' must be 1 or more.")
    if not people.local_accounts and not settings.oidc:
        raise SettingsError(f"{FILE}: nobody could sign in: no local accounts and no [[oidc]].")
    for name, limit in vars(settings.limits).items():
        if limit < 0:
            raise SettingsError(f"{FILE}: 'limits.{name}' is {limit}; 0 takes the limit away.")
    if settings.idle.boards_minutes < 0:
        raise SettingsError(
            f"{FILE}: 'idle.boards_minutes' is {settings.idle.boards_minutes}; 0 keeps idle boards."
        )
    _check_providers(settings)
    _check_frames(settings)


def _check_providers(settings: HubSettings) -> None:
    names = [provider.name for provider in settings.oidc]
    for name in names:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name):
            raise SettingsError(f"{FILE}: oidc.name {name!r} must be a-z, 0-9 and '-'.")
    if len(set(names)) != len(names):
        raise SettingsError(f"{FILE}: two [[oidc]] have the same name.")


def _check_frames(settings: HubSettings) -> None:
    for parent in settings.frames.parents:
        parts = urlsplit(parent)
        if parts.scheme != "https" or not parts.netloc or parts.path not in ("", "/"):
            raise SettingsError(
                f"{FILE}: frames.parents has {parent!r}; write an origin such as "
                "https://wiki.example.org."
            )
    if settings.frames.parents and settings.site.tls == "none":
        raise SettingsError(
            f"{FILE}: a page of another site can show the hub only over TLS, because browsers "
            "send it no cookies otherwise. Set site.tls, or leave frames.parents empty."
        )
