# SPDX-License-Identifier: Apache-2.0
"""What one person may take of the host: control groups where the kernel lets us make them.

Memory, cores and processes are limits of a *group* of processes, so they need cgroups (version 2,
delegated to the hub, or version 1). Open files, and processes a second time, are limits of the Unix
user. A person's boards run in the same group as their server. `enforced()` says what holds on this
host, for boards as well; `spinnlab hub check` prints that.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spinnlab.hub.settings import HubSettings, Limits

CONTROLLERS = ("memory", "cpu", "pids")
#: Their names in hub.toml and for people.
NAMES = {"memory": "memory", "cpu": "cores", "pids": "processes"}
PARENT = "spinnlab-hub"
MIB = 1 << 20
PERIOD_US = 100_000


@dataclass(frozen=True)
class Groups:
    """Where groups can be made: controller -> folder; `version` 1 or 2 of the interface."""

    version: int
    folders: dict[str, Path]

    def _of(self, name: str) -> dict[str, Path]:
        return {controller: folder / name for controller, folder in self.folders.items()}

    def make(self, name: str, limits: Limits) -> list[Path]:
        """Makes a person's group with its limits; returns the files that take process numbers."""
        groups = self._of(name)
        for controller, group in groups.items():
            group.mkdir(exist_ok=True)
            for file, value in self._values(controller, limits):
                # Swap accounting is not there on every host; the rest has to be.
                required = "swap" not in file and "memsw" not in file
                with contextlib.nullcontext() if required else contextlib.suppress(OSError):
                    (group / file).write_text(value)
        return sorted({group / "cgroup.procs" for group in groups.values()})

    def _values(self, controller: str, limits: Limits) -> Iterator[tuple[str, str]]:
        memory, quota = limits.memory_mib * MIB, int(limits.cores * PERIOD_US)
        if self.version == 2:
            unlimited = "max"
            if controller == "memory":
                yield "memory.max", str(memory or unlimited)
                yield "memory.swap.max", "0" if memory else unlimited
            elif controller == "cpu":
                yield "cpu.max", f"{quota or unlimited} {PERIOD_US}"
            else:
                yield "pids.max", str(limits.processes or unlimited)
        elif controller == "memory":
            yield "memory.limit_in_bytes", str(memory or -1)
            yield "memory.memsw.limit_in_bytes", str(memory or -1)
        elif controller == "cpu":
            yield "cpu.cfs_period_us", str(PERIOD_US)
            yield "cpu.cfs_quota_us", str(quota or -1)
        else:
            yield "pids.max", str(limits.processes or "max")

    def memory_bytes(self, name: str) -> int | None:
        """What a person's processes use now; None when they have no group."""
        folder = self.folders.get("memory")
        if folder is None:
            return None
        file = "memory.current" if self.version == 2 else "memory.usage_in_bytes"
        with contextlib.suppress(OSError, ValueError):
            return int((folder / name / file).read_text())
        return None

    def remove(self, name: str) -> None:
        """Removes a person's group; one that still has processes stays."""
        for group in self._of(name).values():
            for _ in range(20):  # the kernel counts ended processes down a little later
                try:
                    group.rmdir()
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.01)
                else:
                    break


def _own_group(kind: str) -> str:
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if kind in controllers.split(",") or (kind == "" and controllers == ""):
            return path
    return "/"


def _version_2(root: Path) -> Groups | None:
    """The part of the tree that systemd has delegated to us, made ready for sub-groups."""
    own = root / _own_group("").lstrip("/")
    if own.name == "main":  # we have moved here before
        own = own.parent
    available = (own / "cgroup.controllers").read_text().split()
    wanted = [controller for controller in CONTROLLERS if controller in available]
    if not wanted:
        return None
    if own != root:  # a group with sub-groups may have no processes of its own
        (own / "main").mkdir(exist_ok=True)
        for process in (own / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                (own / "main" / "cgroup.procs").write_text(process)
    (own / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in wanted))
    parent = own / PARENT
    parent.mkdir(exist_ok=True)
    (parent / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in wanted))
    return Groups(2, dict.fromkeys(wanted, parent))


def _version_1(root: Path) -> Groups | None:
    folders = {}
    for controller in CONTROLLERS:
        parent = root / controller / PARENT
        with contextlib.suppress(OSError):
            if (root / controller / "cgroup.procs").is_file():
                parent.mkdir(exist_ok=True)
                folders[controller] = parent
    return Groups(1, folders) if folders else None


def find_groups(root: Path = Path("/sys/fs/cgroup")) -> Groups | None:
    """Where groups can be made on this host, or None (no root, or nothing delegated)."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(OSError):
        if (root / "cgroup.controllers").is_file():
            return _version_2(root)
        return _version_1(root)
    return None


def allocator_options(hub: HubSettings) -> list[str]:
    """What spallocd is told: which groups boards go into, and the limits of who has no group."""
    memory, words = str(hub.limits.memory_mib), []
    if hub.limits.memory_mib:
        words += ["--machine-memory-mib", memory, "--user-memory-mib", memory]
    if hub.limits.processes:
        words += ["--machine-processes", str(hub.limits.processes)]
    if hub.limits.open_files:
        words += ["--machine-open-files", str(hub.limits.open_files)]
    if hub.limits.run_hours:
        words += ["--run-limit", f"{hub.limits.run_hours * 3600:g}"]
    if hub.idle.boards_minutes:
        words += ["--idle-limit", f"{hub.idle.boards_minutes * 60:g}"]
    groups = find_groups()
    for folder in sorted(set(groups.folders.values())) if groups else []:
        words += ["--user-groups", str(folder)]
    return words


def has_disk_quota(homes: Path) -> bool:
    """Whether the file system of the homes counts and limits what a user stores."""
    with contextlib.suppress(OSError):
        result = subprocess.run(
            ["quotaon", "--print-state", "--user", str(homes)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return "is on" in result.stdout
    return False


def set_disk_quota(user: str, homes: Path, limit_mib: int) -> bool:
    """Sets a user's hard limit; False where the file system has no quotas."""
    if not has_disk_quota(homes):
        return False
    blocks = str(limit_mib * 1024)
    command = ["setquota", "--user", user, blocks, blocks, "0", "0", str(homes)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def used_mib(home: Path) -> int:
    """What a home folder takes on disk, in MiB; links are not followed."""
    total = 0
    for folder, _, files in os.walk(home):
        for name in files:
            with contextlib.suppress(OSError):
                total += (Path(folder) / name).lstat().st_blocks * 512
    return total // MIB


def enforced(homes: Path) -> dict[str, str]:
    """Limit -> how it is kept on this host; an empty text where it is not."""
    groups = find_groups()
    root = os.geteuid() == 0
    how = f"control groups, version {groups.version}" if groups else ""
    folders = groups.folders if groups else {}
    return {
        "memory": how if "memory" in folders else "",
        "cores": how if "cpu" in folders else "",
        "processes": how if "pids" in folders else ("the Unix user's limit" if root else ""),
        "open files": "each process's limit",
        "disk": "quota of the file system" if has_disk_quota(homes) else "",
    }
