# SPDX-License-Identifier: Apache-2.0
"""From root to a person: what they see of /tmp, and what a lab that stands below it needs."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def lab() -> Iterator[Path]:
    """A folder in the host's /tmp that everybody may read, and beside it one of somebody else."""
    folder = Path(tempfile.mkdtemp(prefix="a lab ", dir="/tmp"))
    folder.chmod(0o755)
    (folder / "deep").mkdir()
    (folder / "deep" / "program").write_text("found")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def runtime() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="spinnlab-test-", dir="/run"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def enter(runtime: Path, kept: list[Path], command: str) -> subprocess.CompletedProcess[str]:
    specification: dict[str, Any] = {
        "uid": NOBODY.pw_uid, "gid": NOBODY.pw_gid, "name": "nobody", "home": "/",
        "runtime": str(runtime), "kept": [str(folder) for folder in kept], "groups": [],
        "processes": 0, "open_files": 0,
    }  # fmt: skip
    words = [sys.executable, "-m", "spinnlab.hub.enter_user", json.dumps(specification)]
    return subprocess.run(
        [*words, "sh", "-c", command], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_person_sees_an_empty_tmp_of_their_own(lab: Path, runtime: Path) -> None:
    seen = enter(runtime, [], "ls -A /tmp /var/tmp; touch /tmp/mine && id -u")
    assert seen.returncode == 0, seen.stderr
    assert seen.stdout.split() == ["/tmp:", "/var/tmp:", str(NOBODY.pw_uid)]
    assert not Path("/tmp/mine").exists()
    again = enter(runtime, [], "ls /tmp")
    assert again.stdout.split() == ["mine"]


def test_a_lab_below_tmp_is_seen_where_it_stands(lab: Path, runtime: Path) -> None:
    command = f"cat '{lab}/deep/program'; ls -A /tmp; touch /tmp/mine"
    for _ in range(2):  # the way to it is there at the second start
        seen = enter(runtime, [lab / "deep"], command)
        assert seen.returncode == 0, seen.stderr
        assert seen.stdout.startswith("found")
        names = seen.stdout.removeprefix("found").splitlines()
        assert set(names) <= {lab.name, "mine"}
    # Outside there are only the folders that lead to it.
    assert list((runtime / "tmp" / lab.name / "deep").iterdir()) == []


def test_what_a_person_puts_in_the_way_is_not_followed(lab: Path, runtime: Path) -> None:
    assert enter(runtime, [], f"ln -s /etc '{lab}'").returncode == 0
    refused = enter(runtime, [lab / "deep"], "cat /etc/passwd")
    assert refused.returncode == 1
    assert "is in the way" in refused.stderr
    assert refused.stdout == ""
