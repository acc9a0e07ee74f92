# SPDX-License-Identifier: Apache-2.0
"""Which addresses people's programs may reach: a list, kept by the system's packet filter.

nftables looks at the Unix user who sends. Without a list everybody reaches everything. With one
they reach the addresses in it, this computer, and the system's name servers; the rest is refused.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import pwd
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.hub.unix_users import PREFIX

ANYWHERE = "anywhere"
TABLE = "spinnlab"
RESOLVERS = Path("/etc/resolv.conf")

_one_at_a_time = threading.Lock()

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class EgressError(SpinnlabError):
    """The list cannot be kept; then nobody's server starts. The text says what to mend."""


@functools.cache
def networks_of(entry: str) -> tuple[_Network, ...]:
    """Of an address, a network such as 192.0.2.0/24, or a name, which is looked up once."""
    try:
        return (ipaddress.ip_network(entry, strict=False),)
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(entry, None, proto=socket.IPPROTO_TCP)
    except OSError as error:
        raise EgressError(
            f"network.allowed in hub.toml has {entry!r}, which nobody can look up: {error}. "
            "Write an address, a network such as 192.0.2.0/24, or a name that exists."
        ) from error
    return tuple({ipaddress.ip_network(item[4][0]) for item in found})


def _name_servers() -> list[str]:
    try:
        lines = RESOLVERS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    return [word[1].partition("%")[0] for word in words if word[:1] == ["nameserver"] and word[1:]]


def _elements(networks: Iterable[_Network], version: int) -> str:
    found = ipaddress.collapse_addresses(  # type: ignore[type-var]
        sorted(n for n in networks if n.version == version)
    )
    text = ", ".join(str(network) for network in found)
    return f"elements = {{ {text} }}" if text else ""


def rules(people: Iterable[int], allowed: list[str]) -> str:
    """What nft is told, in one transaction: `people` are uids."""
    networks = [network for entry in allowed for network in networks_of(entry)]
    servers = [ipaddress.ip_network(server) for server in _name_servers()]
    uids = ", ".join(str(uid) for uid in sorted(people))
    sets = [f"set people {{ type uid; {f'elements = {{ {uids} }}' if uids else ''} }}"]
    for version in (4, 6):
        kind = f"type ipv{version}_addr; flags interval;"
        sets.append(f"set allowed{version} {{ {kind} {_elements(networks, version)} }}")
        sets.append(f"set names{version} {{ {kind} {_elements(servers, version)} }}")
    lines = "\n  ".join(sets)
    return f"""table inet {TABLE} {{}}
delete table inet {TABLE}
table inet {TABLE} {{
  {lines}
  chain output {{
    type filter hook output priority filter; policy accept;
    meta skuid != @people accept
    oif "lo" accept
    ip daddr @allowed4 accept
    ip6 daddr @allowed6 accept
    ip daddr @names4 meta l4proto {{ tcp, udp }} th dport 53 accept
    ip6 daddr @names6 meta l4proto {{ tcp, udp }} th dport 53 accept
    reject with icmpx admin-prohibited
  }}
}}
"""


def everybody() -> set[int]:
    """The uids of all people of hubs on this computer."""
    return {entry.pw_uid for entry in pwd.getpwall() if entry.pw_name.startswith(PREFIX)}


def _missing() -> str:
    """What this host lacks to keep any list; an empty text if it has all."""
    if os.geteuid() != 0:
        return "without root nobody can be kept from the network"
    if shutil.which("nft") is None:
        return "the program nft is not there (apt-get install nftables)"
    return ""


def problem(allowed: list[str]) -> str:
    """Why the list cannot be kept on this host; an empty text if it can."""
    if ANYWHERE in allowed:
        return ""
    return _missing() or _refused(["--check", "--file", "-"], rules(set(), allowed))


def keep(allowed: list[str], people: Callable[[], set[int]] = everybody) -> None:
    """Puts the list into force for `people`, or takes it away when it says `anywhere`.

    Raises EgressError when that fails; a list that was in force before stays.
    """
    if ANYWHERE in allowed:
        if not _missing():
            _refused(["delete", "table", "inet", TABLE])  # fails where there is none, which is fine
        return
    # Who the people are is asked inside: of two servers that start at once, the later list must not
    # be the one from before the other's person was made.
    with _one_at_a_time:
        reason = _missing() or _refused(["--file", "-"], rules(people(), allowed))
    if reason:
        raise EgressError(
            f"People cannot be kept to the addresses in network.allowed: {reason}. "
            f'Mend it, or allow ["{ANYWHERE}"] in hub.toml.'
        )


def _refused(words: list[str], given: str = "") -> str:
    """Why nft did not do it; an empty text if it did."""
    result = subprocess.run(
        ["nft", *words], input=given, capture_output=True, text=True, check=False, timeout=30
    )
    if result.returncode == 0:
        return ""
    return result.stderr.strip() or f"nft ended with exit code {result.returncode}"
