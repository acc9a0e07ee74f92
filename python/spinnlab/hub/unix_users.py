# SPDX-License-Identifier: Apache-2.0
"""Every person of the hub is a Unix user `jupyter-NAME`: the kernel of the system keeps them apart.

Without root everybody would be the same Unix user and could read everybody's files, so the hub then
serves one person, or, with `demo = true`, people who know that.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from spinnlab.errors import SpinnlabError

PREFIX = "jupyter-"
#: useradd's limit.
LONGEST = 32
PLAIN = re.compile(r"[a-z][a-z0-9_-]*")


class UnixUserError(SpinnlabError):
    """A Unix user could not be made, found or removed; the text has the system's own words."""


@dataclass(frozen=True)
class UnixUser:
    """Whom a server runs as."""

    name: str
    uid: int
    gid: int
    home: Path


def unix_name(person: str) -> str:
    """The Unix user of a person of the hub. Names that Unix would not take get a hash."""
    if PLAIN.fullmatch(person) and len(PREFIX + person) <= LONGEST:
        return PREFIX + person
    plain = re.sub(r"[^a-z0-9_-]", "-", person.lower())
    digest = hashlib.sha256(person.encode()).hexdigest()[:8]
    room = LONGEST - len(PREFIX) - len(digest) - 1
    return f"{PREFIX}{plain[:room]}-{digest}"


def _run(command: list[str], what: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise UnixUserError(f"{what}: {result.stderr.strip() or result.stdout.strip()}")


_MAKING = threading.Lock()


def ensure(person: str, homes: Path) -> UnixUser:
    """The Unix user of a person, made with a private home when there is none. Needs root.

    Raises UnixUserError, also when the home folder belongs to somebody else.
    """
    with _MAKING:  # a server that starts and a program that signs in may both want a new person
        return _ensure(unix_name(person), homes)


def _ensure(name: str, homes: Path) -> UnixUser:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        home = homes / name
        existed = home.exists()
        _run(
            [
                *("useradd", "--create-home", "--home-dir", str(home)),
                *("--shell", "/bin/bash", "--user-group", "--comment", "SpiNNLab hub"),
                name,
            ],
            f"The Unix user {name} could not be made",
        )
        entry = pwd.getpwnam(name)
        if existed:  # files of a person who was removed and comes back
            _take_over(home, entry.pw_uid, entry.pw_gid)
    home = Path(entry.pw_dir)
    if not home.is_dir() or home.is_symlink() or home.stat().st_uid != entry.pw_uid:
        raise UnixUserError(
            f"The home folder {home} of {name} is not there or belongs to somebody else. "
            f"Make it theirs: install -d -o {name} -m 700 {home}"
        )
    home.chmod(0o700)
    return UnixUser(name, entry.pw_uid, entry.pw_gid, home)


def _take_over(home: Path, uid: int, gid: int) -> None:
    for folder, folders, files in os.walk(home):
        for name in (*folders, *files):
            os.lchown(Path(folder) / name, uid, gid)
    os.lchown(home, uid, gid)


def processes(uid: int) -> list[int]:
    """Process numbers of a Unix user."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if entry.stat().st_uid == uid:
                    found.append(int(entry.name))
    return found


def end_processes(uid: int, patience_s: float = 2.0) -> int:
    """Ends everything that a Unix user runs: first asked, then killed. Returns how many there were.

    Raises UnixUserError for the uids of the system, whose processes are not ours to end.
    """
    if uid < 1000:
        raise UnixUserError(f"Processes of uid {uid} belong to the system and are left alone.")
    first = processes(uid)
    for number, wait_s in ((signal.SIGTERM, patience_s), (signal.SIGKILL, patience_s)):
        for process in processes(uid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)
        deadline = time.monotonic() + wait_s
        while processes(uid) and time.monotonic() < deadline:
            time.sleep(0.02)
    return len(first)


def remove(person: str, archive: Path | None) -> None:
    """Removes a person's Unix user; the home goes to a tar file in `archive`, or is deleted."""
    name = unix_name(person)
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return
    end_processes(entry.pw_uid)
    home = Path(entry.pw_dir)
    if archive is not None and home.is_dir():
        archive.mkdir(mode=0o700, parents=True, exist_ok=True)
        stamp = time.strftime("%Y%m%d-%H%M%S")
        target = archive / f"{name}-{stamp}.tar.gz"
        _run(
            ["tar", "--create", "--gzip", "--file", str(target), "--directory", str(home), "."],
            f"The home of {name} could not be archived, and nothing was removed",
        )
        target.chmod(0o600)
    _run(["userdel", name], f"The Unix user {name} could not be removed")
    if home.is_dir() and not home.is_symlink():
        shutil.rmtree(home)
