# SPDX-License-Identifier: Apache-2.0
"""The private folder of sockets, locks and logs of one person on one machine."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from spinnlab.errors import AllocationError

#: A Unix socket's path may have 107 bytes; names of ours in the folder take up to 40 of them.
LONGEST_FOLDER_BYTES = 66


def _is_private(folder: Path) -> bool:
    status = folder.lstat()
    return (
        stat.S_ISDIR(status.st_mode)
        and status.st_uid == os.getuid()
        and stat.S_IMODE(status.st_mode) & 0o077 == 0
    )


def _choose() -> Path:
    chosen = os.environ.get("SPINNLAB_RUNTIME_DIR")
    if chosen:
        return Path(chosen).absolute()
    session = os.environ.get("XDG_RUNTIME_DIR")
    if session:
        folder = Path(session) / "spinnlab"
        if os.access(session, os.W_OK | os.X_OK) and len(bytes(folder)) <= LONGEST_FOLDER_BYTES:
            return folder
    folder = Path(tempfile.gettempdir()) / f"spinnlab-{os.getuid()}"
    if len(bytes(folder)) > LONGEST_FOLDER_BYTES:
        folder = Path("/tmp") / folder.name
    return folder


def runtime_folder() -> Path:
    """The folder, made when it is not there: mode 0700, ours, no link.

    `$SPINNLAB_RUNTIME_DIR`, else `$XDG_RUNTIME_DIR/spinnlab`, else `spinnlab-UID` in the folder
    for temporary files.

    Raises AllocationError when something else stands there or its path is too long for a socket.
    """
    folder = _choose()
    if len(bytes(folder)) > LONGEST_FOLDER_BYTES:
        raise AllocationError(
            f"The path {folder} has {len(bytes(folder))} bytes; a Unix socket in it allows "
            f"{LONGEST_FOLDER_BYTES}. Set SPINNLAB_RUNTIME_DIR to a shorter one."
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise AllocationError(
            f"The folder {folder} for sockets cannot be made: {error.strerror}. "
            "Set SPINNLAB_RUNTIME_DIR to a folder that you can write."
        ) from error
    if not _is_private(folder):
        raise AllocationError(
            f"{folder} is not a folder that only you can enter (owner you, mode 0700). "
            "Somebody else could answer in the daemon's place. Remove it, or set "
            "SPINNLAB_RUNTIME_DIR to another folder."
        )
    return folder
