# SPDX-License-Identifier: Apache-2.0
"""Errors whose message says what happened, where, and what to do."""

#: How a user gets what the native way does not have.
OTHER_KERNEL = 'The kernel "sPyNNaker 7.4.1" or "spinnlab run --original" has it.'


class SpinnlabError(Exception):
    """Root of what this package raises; its text is meant for the person at the keyboard."""


class ProgramNotFoundError(SpinnlabError):
    """A compiled program or an environment of ours is not there; the text names the command."""


class AllocationError(SpinnlabError):
    """The daemon that hands out boards could not be found, started or spoken to."""
