# SPDX-License-Identifier: Apache-2.0
"""`spinnlab hub backup` and `restore`: settings, secrets, data bases and, if asked, the homes.

A backup is one tar file with mode 0600, written beside its final name and renamed when it is whole.
SQLite's own backup is used for the data bases, so the hub may go on meanwhile.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
import time
from pathlib import Path

from spinnlab import __version__
from spinnlab.errors import SpinnlabError
from spinnlab.hub.settings import FILE

DATA_BASES = ("hub.sqlite", "spallocd.sqlite")
#: Files and folders of the hub's folder that belong to a backup, besides the data bases.
CONTENTS = (FILE, "secrets", "announcement.txt")
ABOUT = "backup.json"
FORMAT = 1


class BackupError(SpinnlabError):
    """The backup could not be made or read; nothing was changed."""


def folder_of(hub: Path) -> Path:
    return hub / "backups"


def age_s(hub: Path) -> float | None:
    """How old the newest backup is; None when there is none."""
    files = sorted(folder_of(hub).glob("*.tar.gz"), key=lambda file: file.stat().st_mtime)
    return time.time() - files[-1].stat().st_mtime if files else None


def _copy_data_base(source: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        (fault,) = new.execute("PRAGMA integrity_check").fetchone()
    if fault != "ok":
        raise BackupError(f"{source} is damaged: {fault}")


def make(hub: Path, target: Path | None = None, homes: list[Path] | None = None) -> Path:
    """Writes a backup and returns its file. Raises BackupError; no half of a file is left."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    target = target or folder_of(hub) / f"hub-{stamp}.tar.gz"
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = target.with_name(target.name + ".new")
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with (
            os.fdopen(descriptor, "wb") as stream,
            # Homes hold environments of a gigabyte: the last few percent would take minutes.
            tarfile.open(fileobj=stream, mode="w:gz", compresslevel=2) as tar,
        ):
            about = {"format": FORMAT, "version": __version__, "made_unix_s": time.time()}
            _add_text(tar, ABOUT, json.dumps(about))
            for name in CONTENTS:
                if (hub / name).exists():
                    tar.add(hub / name, arcname=name)
            with tempfile.TemporaryDirectory() as copies:
                for name in DATA_BASES:
                    if (hub / name).exists():
                        _copy_data_base(hub / name, Path(copies) / name)
                        tar.add(Path(copies) / name, arcname=name)
            for home in homes or []:
                _add_home(tar, home)
        scratch.replace(target)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        scratch.unlink(missing_ok=True)
        raise BackupError(f"The backup {target} could not be written: {error}") from error
    return target


def _add_home(tar: tarfile.TarFile, home: Path) -> None:
    """File by file: people work meanwhile, and some files are gone when their turn comes."""
    for folder, folders, files in os.walk(home):
        for path in (Path(folder) / name for name in (*folders, *files)):
            with contextlib.suppress(FileNotFoundError):
                name = f"homes/{home.name}/{path.relative_to(home)}"
                tar.add(path, arcname=name, recursive=False)


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(text.encode()), 0o600, int(time.time())
    tar.addfile(info, io.BytesIO(text.encode()))


def restore(hub: Path, file: Path) -> Path | None:
    """Puts a backup's files in place of what is there; returns where that was put, if anything.

    The caller has made sure that the hub is not running. Raises BackupError before anything is
    changed when the file is no backup of ours, or of a newer version. Homes are not touched:
    `backup_homes` brings them back.
    """
    with tempfile.TemporaryDirectory(dir=_parent(hub)) as scratch:
        new = Path(scratch) / "hub"
        new.mkdir(mode=0o700)
        try:
            with tarfile.open(file) as tar:
                tar.extractall(new, members=[_safe(item) for item in tar if _wanted(item)])
            about = json.loads((new / ABOUT).read_text())
        except (OSError, tarfile.TarError, ValueError) as error:
            raise BackupError(f"{file} is no backup of a hub: {error}") from error
        if about.get("format") != FORMAT:
            raise BackupError(
                f"{file} has format {about.get('format')}; this version reads {FORMAT}. "
                f"It was made by SpiNNLab {about.get('version')}."
            )
        for secret in (new / "secrets").glob("*"):
            secret.chmod(0o600)
        (new / "secrets").chmod(0o700)
        return _exchange(hub, new)


def _wanted(item: tarfile.TarInfo) -> bool:
    return not item.name.startswith("homes/")


def _safe(item: tarfile.TarInfo) -> tarfile.TarInfo:
    """A member that stays in the folder, as root's or nobody's; raises TarError for anything else.

    Python 3.11.2 has no extraction filters yet.
    """
    parts = Path(item.name).parts
    if item.name.startswith("/") or ".." in parts or not (item.isfile() or item.isdir()):
        raise tarfile.TarError(f"{item.name} does not belong into a backup")
    item.uid, item.gid = os.geteuid(), os.getegid()
    item.mode &= 0o700
    return item


def _parent(hub: Path) -> Path:
    hub.parent.mkdir(parents=True, exist_ok=True)
    return hub.parent


def _exchange(hub: Path, new: Path) -> Path | None:
    kept = None
    if hub.exists():
        kept = hub.with_name(f"{hub.name}.before-{time.strftime('%Y%m%d-%H%M%S')}")
        hub.rename(kept)
        if (kept / "backups").is_dir():  # they belong to the place, not to the state
            (kept / "backups").rename(new / "backups")
    new.rename(hub)
    return kept
