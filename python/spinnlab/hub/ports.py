# SPDX-License-Identifier: Apache-2.0
"""Which ports only root can listen at. Without TLS inside a hub it matters (decision 0029)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

FIRST_OF_EVERYBODY = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


def first_of_everybody(file: Path = FIRST_OF_EVERYBODY) -> int:
    """From this port on any program of this computer may listen, whoever runs it."""
    return int(file.read_text(encoding="ascii"))


def open_to_everybody(ports: Iterable[int], first: int) -> str:
    """Those of `ports`, in words: "8000, 8001"; an empty text if all of them are root's."""
    return ", ".join(str(port) for port in ports if port >= first)
