# SPDX-License-Identifier: Apache-2.0
"""When the hub's data base cannot be read or written, pages say so in words instead of "500"."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError


def explain(context: Any) -> None:
    """Gives an error the words that JupyterHub's pages show; an event of SQLAlchemy's."""
    error = context.sqlalchemy_exception
    if isinstance(error, OperationalError):
        error.jupyterhub_message = (
            f"The hub's data base cannot be used at the moment ({context.original_exception}). "
            "Nothing was changed, and what runs goes on. Try again in a minute; if it stays so, "
            "tell an administrator."
        )


def explain_errors() -> None:
    """For all data bases of this process; once is enough."""
    if not event.contains(Engine, "handle_error", explain):
        event.listen(Engine, "handle_error", explain)
