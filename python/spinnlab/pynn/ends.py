# SPDX-License-Identifier: Apache-2.0
"""What lies at the two ends of a projection: a population, a view of one, or an assembly."""

from __future__ import annotations

from typing import Any


def populations_of(end: Any) -> list[Any]:
    """The whole populations that an end has cells of, each once, in their order."""
    parts = getattr(end, "populations", [end])
    return list(dict.fromkeys(part.grand_parent for part in parts))
