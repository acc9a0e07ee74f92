# SPDX-License-Identifier: Apache-2.0
"""Why a sign-in by a provider ended at the door: words for the address, texts for the page."""

from __future__ import annotations

#: What the sign-in page says, by the word in its address: no text of a request is ever shown.
PROBLEMS = {
    "denied": "The sign-in was cancelled at the provider. Nothing has changed; try again.",
    "expired": "The sign-in took too long or was started in another window. Try again.",
    "provider": "The provider did not confirm who you are. Try again; if it stays so, tell an "
    "administrator.",
    "not-allowed": "You are signed in at the provider, but this hub is not open to that account. "
    "Ask an administrator.",
    "taken": "Somebody else has this user name here. Ask an administrator to join or rename.",
}


def text_of(word: str) -> str:
    """The text of a reason in the address; unknown words say nothing."""
    return PROBLEMS.get(word, "")
