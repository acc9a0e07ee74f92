# SPDX-License-Identifier: Apache-2.0
"""Cookies in a frame of another site: browsers take them only with the attribute `Partitioned`."""

from __future__ import annotations

from http.cookies import Morsel

FRAMED_COOKIES = {"SameSite": "None", "Secure": True, "Partitioned": True}


def allow_partitioned_cookies() -> None:
    """Python knows the attribute from 3.14 on; older ones refuse to write what they do not know."""
    Morsel._reserved.setdefault("partitioned", "Partitioned")  # type: ignore[attr-defined]
    Morsel._flags.add("partitioned")  # type: ignore[attr-defined]
