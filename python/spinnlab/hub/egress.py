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
from collections.abc import Iterable
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.hub.unix_users import PREFIX

ANYWHERE = "anywhere"
TABLE = "spinnlab"
RESOLVERS = Path("/etc/resolv.conf")

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


def problem(allowed: list[str]) -> str:
    """Why the list cannot be kept on this host; an empty text if it can."""
    if ANYWHERE in allowed:
        return ""
    if os.geteuid() != 0:
        return "without root nobody can be kept from the network"
    if shutil.which("nft") is None:
        return "the program nft is not there (apt-get install nftables)"
    result = _nft(["--check", "--file", "-"], rules(set(), allowed))
    return result.stderr.strip()


def keep(allowed: list[str], people: set[int]) -> None:
    """Puts the list into force for `people`, or takes it away when it says `anywhere`.

    Raises EgressError when that fails; a list that was in force before stays.
    """
    if ANYWHERE in allowed:
        if os.geteuid() == 0 and shutil.which("nft"):
            _nft(["delete", "table", "inet", TABLE])  # fails where there is none, which is fine
        return
    reason = problem(allowed)
    result = None if reason else _nft(["--file", "-"], rules(people, allowed))
    if reason or (result and result.returncode != 0):
        raise EgressError(
            "People cannot be kept to the addresses in network.allowed: "
            f"{reason or (result and result.stderr.strip())}. Mend it, or allow "
            f'["{ANYWHERE}"] in hub.toml.'
        )


def _nft(words: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["nft", *words], input=given, capture_output=True, text=True, check=False, timeout=30
    )
