# SPDX-License-Identifier: Apache-2.0
"""Whom the system ends when memory is short, and what it tells of it afterwards.

The numbers are those of this process's control group (version 2 or 1), or of the computer where
the group has no limit. What cannot be read is left out of the words, never guessed.
"""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
GROUPS = Path("/sys/fs/cgroup")
#: Of -1000 to 1000: kernels are ended before the server that shows what they had to say.
ENDED_FIRST = 500
#: Processes that are named.
MOST_NAMED = 4


@dataclass(frozen=True)
class Files:
    """Names of what a control group tells; they differ between the versions of the interface."""

    limit: str
    peak: str
    kills: str  #: holds a line `oom_kill N`


VERSION_2 = Files("memory.max", "memory.peak", "memory.events")
VERSION_1 = Files("memory.limit_in_bytes", "memory.max_usage_in_bytes", "memory.oom_control")


@dataclass(frozen=True)
class Group:
    """A control group that counts memory, with those around it, innermost first."""

    folders: tuple[Path, ...]
    files: Files

    def kills(self) -> int:
        """How many of its processes the system has ended because memory was short."""
        with contextlib.suppress(OSError, ValueError):
            for line in (self.folders[0] / self.files.kills).read_text().splitlines():
                key, value = line.split()
                if key == "oom_kill":
                    return int(value)
        return 0

    def limit_bytes(self) -> int | None:
        """The least that this group or one around it allows; None where none has a limit."""
        limits = []
        for folder in self.folders:
            with contextlib.suppress(OSError, ValueError):  # "max" in version 2
                limits.append(int((folder / self.files.limit).read_text()))
        least = min(limits, default=None)
        # Version 1 writes "none" as the largest number of pages.
        return None if least is None or least >= 1 << 62 else least

    def peak_bytes(self) -> int | None:
        """The most that it has used at once; None where the system does not keep it."""
        with contextlib.suppress(OSError, ValueError):
            return int((self.folders[0] / self.files.peak).read_text())
        return None

    def processes(self) -> list[int]:
        with contextlib.suppress(OSError, ValueError):
            return [int(word) for word in (self.folders[0] / "cgroup.procs").read_text().split()]
        return []


def own_group(root: Path = GROUPS, of: Path = Path("/proc/self/cgroup")) -> Group | None:
    """The group of this process; None where there is none that counts memory."""
    with contextlib.suppress(OSError, ValueError):
        for line in of.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(","):
                return _group(root / "memory", path, VERSION_1)
            if controllers == "" and (root / "cgroup.controllers").is_file():
                return _group(root, path, VERSION_2)
    return None


def _group(root: Path, path: str, files: Files) -> Group | None:
    inner = root / path.lstrip("/")
    around = [folder for folder in inner.parents if folder.is_relative_to(root)]
    return Group((inner, *around), files) if (inner / files.kills).is_file() else None


def end_first(pid: int) -> None:
    """Lets the system end this process, and those it starts, before others when memory is short."""
    with contextlib.suppress(OSError):  # it may have ended, or have a higher score already
        Path(f"/proc/{pid}/oom_score_adj").write_text(str(ENDED_FIRST))


def resident_bytes(pid: int, field: str = "VmRSS") -> int:
    """What a process has in memory, or `VmHWM`: had at most; 0 when it has ended."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return 0


def largest_child_bytes() -> int:
    """The most that any child of this process has had in memory, of those that have ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


@dataclass
class Watch:
    """One child of this process, from its start to its end."""

    pid: int
    group: Group | None
    kills: int
    largest_child: int
    peak: int = 0

    @classmethod
    def begin(cls, pid: int) -> Watch:
        group = own_group()
        return cls(pid, group, group.kills() if group else 0, largest_child_bytes())

    def look(self) -> None:
        """Notes how large it has been; now and then, as nobody can tell afterwards."""
        self.peak = max(self.peak, resident_bytes(self.pid, "VmHWM"))

    def why_it_ended(self, what: str, names: Mapping[int, str]) -> str:
        """After SIGKILL: words about memory if it was memory, else empty.

        `what` names the child, `names` other processes by number.
        """
        if self.group is None or self.group.kills() <= self.kills:
            return ""
        grown = largest_child_bytes()
        own = max(self.peak, grown if grown > self.largest_child else 0)
        limit = self.group.limit_bytes()
        used = self.group.peak_bytes() or limit
        sizes = [(own, what)] if own else []
        for pid in self.group.processes():
            sizes.append((resident_bytes(pid), names.get(pid) or _name(pid)))
        largest = ", ".join(
            f"{name} {_mib(size)} MiB" for size, name in sorted(sizes, reverse=True)[:MOST_NAMED]
        )
        of = f" of {_mib(limit)}" if limit else ""
        return (
            f"Out of memory: used {_mib(used or 0)}{of} MiB; largest: {largest}. "
            "Shut down kernels that you do not need, or simulate less at once."
        )


def _mib(size: int) -> str:
    return f"{size / MIB:,.0f}"


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return "another program"
