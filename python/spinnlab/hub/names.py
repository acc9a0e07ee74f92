# SPDX-License-Identifier: Apache-2.0
"""What a person of the hub may be called: it becomes part of addresses, files and a Unix user."""

from __future__ import annotations

import re

NAME = re.compile(r"[a-z][a-z0-9._-]{0,30}[a-z0-9]|[a-z]")


def is_name(text: str) -> bool:
    """A letter, then up to 31 of a-z, 0-9, '.', '-' and '_', not ending with one of these."""
    return NAME.fullmatch(text) is not None
