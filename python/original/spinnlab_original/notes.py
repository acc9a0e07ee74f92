# SPDX-License-Identifier: Apache-2.0
"""One-line notes to the person, on standard error, each text once a process."""

import sys

_said: set[str] = set()


def say_once(text: str) -> None:
    """Prints `SpiNNLab: text` on standard error the first time it is asked to."""
    if text not in _said:
        _said.add(text)
        print(f"SpiNNLab: {text}", file=sys.stderr, flush=True)
