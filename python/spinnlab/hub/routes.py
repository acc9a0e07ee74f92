# SPDX-License-Identifier: Apache-2.0
"""Which of our pages answers at which address of the hub."""

from __future__ import annotations

from typing import Any

from spinnlab.hub import admin, boards_service, events, pages, start_lab


def handlers() -> list[tuple[Any, ...]]:
    """In the order in which they are asked; before JupyterHub's own."""
    return [
        *pages.handlers(),
        *start_lab.handlers(),
        *admin.handlers(),
        *events.handlers(),
        *boards_service.handlers(),
    ]
