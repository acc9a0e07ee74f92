# SPDX-License-Identifier: Apache-2.0
"""Home folders in a backup. Put back, files that are missing come back, files that are there stay.

What stands in a home is its person's, links and all. So it is unpacked by a process of the person's
own Unix user, which can hurt nobody else, whatever it is given; and it is given that home alone.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spinnlab.hub import unix_users
from spinnlab.hub.backup import BackupError
from spinnlab.hub.settings import HubSettings

PREFIX = "homes/"


def restore(hub: HubSettings, file: Path, people: list[str]) -> list[str]:
    """Brings back the homes of `people`; returns those who had one in the backup.

    `people` are those of the hub's data base, which the caller has brought back before. Their Unix
    users are made where there are none. Raises BackupError that names the first home that failed.
    """
    by_unix_name = {unix_users.unix_name(person): person for person in people}
    done = []
    try:
        with tarfile.open(file) as tar:
            homes = (item for item in tar if item.name.startswith(PREFIX))
            for unix, members in itertools.groupby(homes, lambda item: item.name.split("/")[1]):
                if unix in by_unix_name:
                    person = by_unix_name[unix]
                    _unpack(tar, members, *_home(hub, person, unix))
                    done.append(person)
    except (OSError, tarfile.TarError) as error:
        raise BackupError(f"The homes in {file} cannot be read: {error}") from error
    return done


def _home(hub: HubSettings, person: str, unix: str) -> tuple[Path, dict[str, Any]]:
    """The home folder, made if need be, and whose process writes into it."""
    if os.geteuid() == 0:
        user = unix_users.ensure(person, Path(hub.site.homes))
        return user.home, {"user": user.uid, "group": user.gid, "extra_groups": []}
    home = hub.folder / "homes" / unix
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home, {}


def _unpack(
    tar: tarfile.TarFile, members: Iterable[tarfile.TarInfo], home: Path, whose: dict[str, Any]
) -> None:
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [
                *("tar", "--extract", "--skip-old-files", "--preserve-permissions"),
                *("--no-same-owner", "--strip-components=2", "--directory", str(home)),
            ],
            stdin=subprocess.PIPE, stderr=said, cwd="/", env={"PATH": os.defpath}, **whose,
        )  # fmt: skip
        assert process.stdin
        with (
            contextlib.suppress(BrokenPipeError),  # it has ended, and says why
            process.stdin as pipe,
            tarfile.open(fileobj=pipe, mode="w|") as stream,
        ):
            for member in members:
                stream.addfile(member, tar.extractfile(member) if member.isfile() else None)
        if process.wait() != 0:
            said.seek(0)
            words = said.read().decode(errors="replace").strip()
            raise BackupError(f"The home {home} is not whole: {words}")
