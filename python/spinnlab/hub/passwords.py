# SPDX-License-Identifier: Apache-2.0
"""What a password must be, and the pause after too many wrong ones."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

#: bcrypt takes no more.
LONGEST_BYTES = 72
#: Names that failed and are remembered at once; the oldest are forgotten first.
MOST_NAMES = 10_000


def problem(password: str, name: str, shortest: int, is_common: Callable[[str], bool]) -> str:
    """Why a password will not do, in words; empty if it will."""
    if len(password) < shortest:
        return f"The password has {len(password)} characters; it needs {shortest} or more."
    if len(password.encode()) > LONGEST_BYTES:
        return f"The password is longer than {LONGEST_BYTES} bytes."
    if len(set(password)) < 5:
        return "The password repeats a few characters; use at least 5 different ones."
    if name.lower() in password.lower() and len(name) > 2:
        return "The password contains the user name."
    if is_common(password) or is_common(password.lower()):
        return "The password is one of those that everybody tries first."
    return ""


@dataclass
class Attempts:
    """Failed sign-ins by name, of accounts that exist and that do not: nobody learns which."""

    allowed: int
    pause_s: float
    clock: Callable[[], float] = time.monotonic
    _failed: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    def locked_s(self, name: str) -> float:
        """How long the name has to wait; 0 when it may try."""
        count, last = self._failed.get(name, (0, 0.0))
        if count < self.allowed:
            return 0.0
        left = last + self.pause_s - self.clock()
        if left <= 0:
            del self._failed[name]
            return 0.0
        return left

    def fail(self, name: str) -> int:
        """Counts a failure; returns how many tries are left before the pause."""
        count, _ = self._failed.pop(name, (0, 0.0))
        self._failed[name] = (count + 1, self.clock())
        while len(self._failed) > MOST_NAMES:
            self._failed.popitem(last=False)
        return max(0, self.allowed - count - 1)

    def succeed(self, name: str) -> None:
        self._failed.pop(name, None)
