# SPDX-License-Identifier: Apache-2.0
"""`spinnlab hub check`: what this host can and cannot do for a hub, before people come."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.hub import egress, inner_tls, keys, limits, ports, supervisor, upgrade
from spinnlab.hub.allocator import Allocator
from spinnlab.hub.hub_config import hub_port, proxy_api_port
from spinnlab.hub.settings import HubSettings
from spinnlab.programs import examples_folder, find_program, native_python


@dataclass(frozen=True)
class Finding:
    """One line of the report. `level`: ok, note (works, but know it), or bad (mend it first)."""

    level: str
    what: str
    way_out: str = ""


def _reachable(path: Path) -> Path | None:
    """The first folder on the way to `path` that other Unix users may not enter; None if none."""
    for folder in reversed([path, *path.parents]):
        mode = folder.stat().st_mode
        if not mode & (stat.S_IXOTH if folder.is_dir() else stat.S_IROTH):
            return folder
    return None


def look(hub: HubSettings) -> list[Finding]:
    """Everything, in the order in which one would mend it."""
    return [
        *_people(hub), *_secrets(hub), *_data_base(hub), *_programs(), *_limits(hub),
        *_network(hub), *_site(hub), *_running(hub),
    ]  # fmt: skip


def _people(hub: HubSettings) -> Iterator[Finding]:
    if os.geteuid() == 0:
        if shutil.which("useradd") is None:
            yield Finding("bad", "useradd is not there", "apt-get install passwd")
        yield Finding("ok", f"every person gets a Unix user of their own in {hub.site.homes}")
    elif hub.demo:
        yield Finding(
            "note",
            "demo without root: everybody is the same Unix user and can read everybody's files",
            "run the hub as root for people who do not know each other",
        )
    else:
        yield Finding("note", "without root this hub serves one person", "run it as root for more")
    if not hub.people.admins:
        yield Finding("note", "nobody is an administrator", "name some in people.admins")


def _secrets(hub: HubSettings) -> Iterator[Finding]:
    try:
        keys.read(hub.folder)
        for provider in hub.oidc:
            keys.read_private(hub.folder / provider.client_secret_file)
    except SpinnlabError as error:
        yield Finding("bad", str(error))
    else:
        yield Finding("ok", "the secrets are this hub's own, and only its owner can read them")


def _data_base(hub: HubSettings) -> Iterator[Finding]:
    if upgrade.is_needed(hub):
        yield Finding(
            "bad", "the data base is of another version of JupyterHub",
            f"spinnlab hub upgrade --folder '{hub.folder}'",
        )  # fmt: skip


def _programs() -> Iterator[Finding]:
    wanted = {
        "the allocator": lambda: find_program("spallocd"),
        "the emulated boards": lambda: find_program("spinnlab-machine"),
        "the kernel sPyNNaker": native_python,
        "the prepared notebooks": examples_folder,
        "the proxy": supervisor.proxy_program,
    }
    for what, find in wanted.items():
        try:
            path = find()
        except SpinnlabError as error:
            yield Finding("bad", str(error))
            continue
        closed = _reachable(path.resolve()) if os.geteuid() == 0 else None
        if closed:
            yield Finding(
                "bad", f"people cannot reach {what}: {closed} is closed to them",
                f"chmod o+x '{closed}', or install SpiNNLab below /opt",
            )  # fmt: skip
        else:
            yield Finding("ok", f"{what}: {path}")
        if os.geteuid() == 0 and path.resolve().stat().st_uid != 0:
            yield Finding(
                "bad", f"{path.resolve()} belongs to a person, who could change what all run",
                f"chown root '{path.resolve()}'",
            )  # fmt: skip


def _limits(hub: HubSettings) -> Iterator[Finding]:
    set_values = {
        "memory": hub.limits.memory_mib, "cores": hub.limits.cores,
        "processes": hub.limits.processes, "open files": hub.limits.open_files,
        "disk": hub.limits.disk_mib,
    }  # fmt: skip
    for name, how in limits.enforced(Path(hub.site.homes)).items():
        if not set_values[name]:
            yield Finding("note", f"no limit on {name} is set")
        elif how:
            yield Finding("ok", f"the limit on {name} is kept by {how}")
        elif name == "disk":
            yield Finding(
                "note",
                "the limit on disk is looked at only when a server starts: "
                "the file system of the homes has no quotas",
                "mount it with usrquota and run quotaon",
            )
        else:
            yield Finding(
                "note", f"this host cannot keep the limit on {name}",
                "run the hub as root from its systemd unit (it delegates control groups)",
            )  # fmt: skip
    yield from _limits_of_boards(hub)


def _limits_of_boards(hub: HubSettings) -> Iterator[Finding]:
    groups = limits.find_groups()
    kept = [limits.NAMES[name] for name in groups.folders] if groups else []
    if kept:
        yield Finding(
            "ok",
            f"boards count with their person's server: one limit on {', '.join(kept)} for both",
        )
    if "memory" not in kept and hub.limits.memory_mib:
        yield Finding(
            "note", "boards have a limit on memory of their own: where those of one person take "
            f"more than {hub.limits.memory_mib} MiB together, the allocator ends the largest"
        )  # fmt: skip


def _network(hub: HubSettings) -> Iterator[Finding]:
    allowed = hub.network.allowed
    if egress.ANYWHERE in allowed:
        yield Finding(
            "note", "people's programs may reach every address", "list some: network.allowed"
        )
        return
    try:
        reason = egress.problem(allowed)
    except SpinnlabError as error:
        reason = str(error)
    if reason:
        yield Finding("bad", f"people cannot be kept to network.allowed: {reason}")
    else:
        yield Finding("ok", f"people's programs reach {', '.join(allowed) or 'nothing'} outside")


def _site(hub: HubSettings) -> Iterator[Finding]:
    local = hub.site.address.startswith("127.") or hub.site.address == "::1"
    if hub.site.tls == "none" and not local:
        yield Finding(
            "bad", f"passwords would cross the network in the open: {hub.site.address} without TLS",
            'set site.tls = "certificate", or "proxy" behind a server that ends TLS',
        )  # fmt: skip
    for name in ("certificate", "key"):
        file = getattr(hub.site, name)
        if hub.site.tls == "certificate" and not os.access(file, os.R_OK):
            yield Finding("bad", f"site.{name}: {file} cannot be read")
    if hub.site.tls != "none":
        yield Finding("ok", f"people come over TLS: {hub.public_url}")
    yield from _ports(hub)


def _ports(hub: HubSettings) -> Iterator[Finding]:
    """Who could be taken for the hub while it is away for a moment."""
    first = ports.first_of_everybody()
    known = hub.site.inner_tls  # whoever has no certificate of ours is not spoken to
    used = [] if known else [hub_port(hub), proxy_api_port(hub)]
    if hub.site.tls != "certificate":
        used.insert(0, hub.site.port)
    taken = ports.open_to_everybody(used, first)
    if known:
        yield Finding("ok", "the hub's parts know each other by certificates")
    if taken:
        yield Finding(
            "note",
            f"while the hub restarts, a person's program could listen in its place at {taken}, and "
            "be told passwords",
            f"set site.port below {first - 2}, such as 443: the two ports after it are the hub's, "
            "too" + ("" if known else "; or have certificates for them with site.inner_tls = true"),
        )
    elif not known:
        yield Finding("ok", "nobody but root can listen at the hub's ports")
    left = inner_tls.days_left(hub) if known else None
    if left is not None and left < inner_tls.ENOUGH_DAYS:
        yield Finding(
            "note",
            f"the certificates of the hub's parts are good for {max(0, left):.0f} days more",
            f"stop people's servers and the hub, remove {inner_tls.folder(hub)}, start it again",
        )


def _running(hub: HubSettings) -> Iterator[Finding]:
    if not hub.allocator_socket.exists():
        yield Finding("note", "the hub is not running", "spinnlab hub start")
        return
    try:
        about = asyncio.run(Allocator(hub.allocator_socket).call("about"))
    except SpinnlabError as error:
        yield Finding("bad", str(error), f"its log is {hub.folder / 'log' / 'spallocd.log'}")
    else:
        yield Finding("ok", f"the allocator answers (version {about.get('version')})")
