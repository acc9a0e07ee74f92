# SPDX-License-Identifier: Apache-2.0
"""From the hub's root to a person's own Unix user, then the command: nothing of root stays behind.

`python -m spinnlab.hub.enter_user SPECIFICATION COMMAND...`, where SPECIFICATION is JSON with
`uid`, `gid`, `name`, `home`, `runtime` (their private folder for sockets), `kept` (folders below
/tmp that they need), `groups` (files of control groups that take our process number), `processes`
and `open_files` (0: as it is).

The person gets a /tmp and /var/tmp of their own, in a mount namespace, so that names in there tell
nobody anything; a umask of 077; and no privilege that a set-uid program could give back.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import stat
import sys
from pathlib import Path
from typing import Any

#: Folders of the host that everybody may write; each person gets some of their own instead.
SHARED = {"/tmp": "tmp", "/var/tmp": "var-tmp"}

# linux/sched.h, sys/mount.h, linux/prctl.h
CLONE_NEWNS = 0x00020000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
PR_SET_NO_NEW_PRIVS = 38

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, flags: int) -> None:
    _checked(
        _libc.mount(source.encode(), target.encode(), None, ctypes.c_ulong(flags), None),
        f"mounting {source} on {target}",
    )


def is_hidden(folder: Path) -> bool:
    """Whether a person's own /tmp would hide the folder from them."""
    return any(folder.is_relative_to(shared) for shared in SHARED)


def private_folders(uid: int, gid: int, runtime: Path, kept: list[Path]) -> None:
    """Gives this process and its children a /tmp of their own, kept in the private folder.

    Folders of `kept` are seen in it, where they always are.
    """
    _checked(_libc.unshare(CLONE_NEWNS), "a mount namespace of one's own")
    _mount("none", "/", MS_REC | MS_PRIVATE)
    opened = [(folder, os.open(folder, os.O_PATH | os.O_DIRECTORY)) for folder in kept]
    for shared, name in SHARED.items():
        own = runtime / name
        own.mkdir(mode=0o700, exist_ok=True)
        os.chown(own, uid, gid)
        _mount(str(own), shared, MS_BIND)
    for folder, descriptor in opened:
        _make_way(folder)
        _mount(f"/proc/self/fd/{descriptor}", str(folder), MS_BIND | MS_REC)
        os.close(descriptor)


def _make_way(folder: Path) -> None:
    """Makes the folders that lead to `folder`; what the person put there is not followed."""
    for step in reversed([folder, *folder.parents]):
        if not is_hidden(step) or str(step) in SHARED:
            continue
        try:
            step.mkdir(mode=0o755)
        except FileExistsError:
            found = step.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0:
                raise PermissionError(f"{step} is in the way of {folder}; remove it") from None


def enter(specification: dict[str, Any]) -> None:
    """Becomes the user; raises OSError when any step of it fails, and then nothing is run."""
    uid, gid = int(specification["uid"]), int(specification["gid"])
    if uid == 0 or gid == 0:
        raise PermissionError("a person's server must not run as root")
    for file in specification["groups"]:
        Path(file).write_text(str(os.getpid()))
    kept = [Path(folder) for folder in specification["kept"]]
    private_folders(uid, gid, Path(specification["runtime"]), kept)
    for kind, key in (
        (resource.RLIMIT_NPROC, "processes"),
        (resource.RLIMIT_NOFILE, "open_files"),
    ):
        if limit := int(specification[key]):
            resource.setrlimit(kind, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold other people's time, too
    os.umask(0o077)
    os.initgroups(specification["name"], gid)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    _checked(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "giving up privileges")
    os.chdir(specification["home"])


def main() -> None:
    specification = json.loads(sys.argv[1])
    enter(specification)
    os.execvpe(sys.argv[2], sys.argv[2:], os.environ)


if __name__ == "__main__":
    main()
