# SPDX-License-Identifier: Apache-2.0
"""What a kernel and a script have in common: a session, and the wraps unless bare."""

from __future__ import annotations

from spinnlab_original import is_bare, session


def begin() -> session.Session:
    """Begins the session of this process and puts the wraps into effect.

    Bare, the daemon must listen before the published packages read the configuration, so the
    session is waited for here and an error is raised here.
    """
    current = session.begin()
    if is_bare():
        current.lease()
    else:
        from spinnlab_original import wraps

        wraps.install(current)
    return current
