# SPDX-License-Identifier: Apache-2.0
"""Cookies in a frame of another site: browsers take them only with the attribute `Partitioned`."""

from __future__ import annotations

from http.cookies import Morsel
from typing import Any

FRAMED_COOKIES = {"SameSite": "None", "Secure": True, "Partitioned": True}


def allow_partitioned_cookies() -> None:
    """Python knows the attribute from 3.14 on; older ones refuse to write what they do not know."""
    Morsel._reserved.setdefault("partitioned", "Partitioned")  # type: ignore[attr-defined]
    Morsel._flags.add("partitioned")  # type: ignore[attr-defined]


class FramedCookies:
    """For request handlers of the hub: a cookie goes with the attributes with which it came.

    Without them a browser keeps it in a frame, and who logs out there would still be signed in.
    """

    settings: dict[str, Any]

    def clear_cookie(self, name: str, **options: Any) -> None:
        came_with = self.settings.get("cookie_options", {})
        super().clear_cookie(name, **{**came_with, **options})  # type: ignore[misc]
