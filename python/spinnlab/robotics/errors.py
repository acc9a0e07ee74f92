# SPDX-License-Identifier: Apache-2.0
"""What goes wrong around the platform."""

from __future__ import annotations

from spinnlab.errors import SpinnlabError


class RoboticsError(SpinnlabError):
    """The platform could not be started, found or stopped; the text says what to do."""


class RunsAlreadyError(RoboticsError):
    """Another process is the person's platform, or about to be it."""

    #: Of a process that ends because of it.
    EXIT_CODE = 3
