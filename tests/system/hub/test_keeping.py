# SPDX-License-Identifier: Apache-2.0
"""A hub that is lost with all its homes comes back from its backup."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from slow import slow
from spinnlab.hub import settings, unix_users

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="homes of Unix users need root")


def lose(hub: Any) -> None:
    """The computer is gone: the hub's folder, its people's Unix users, their homes."""
    hub.stop()
    for name in hub.people:
        unix_users.remove(name, None)
    shutil.rmtree(hub.folder)


@as_root
@slow
def test_a_lost_hub_comes_back_with_accounts_shares_and_files(
    make_hub: Callable[..., Any], tmp_path: Path
) -> None:
    hub = make_hub()
    hub.add(f"t{secrets.token_hex(4)}")
    name = hub.people[-1]
    person, admin = hub.person(name), hub.person(hub.people[0])
    person.sign_in()
    admin.sign_in()
    person.start()
    kernel = person.new_kernel()
    kernel.run(
        """
import os
os.makedirs('mine/deep', exist_ok=True)
open('mine/deep/results.txt', 'w').write('42 spikes')
os.chmod('mine', 0o700)
os.symlink('/etc/passwd', 'mine/link')
open('script.sh', 'w').write('echo'); os.chmod('script.sh', 0o755)
"""
    )
    kernel.end()
    assert admin.post("/hub/api/lab/admin/quota", {"name": name, "boards": 7}).status_code == 200
    assert admin.post("/hub/api/lab/admin/announce", {"text": "Welcome back"}).status_code == 200
    file = tmp_path / "saved.tar.gz"
    saved = hub.command("backup", "--homes", "--to", str(file))  # while everybody works
    assert saved.returncode == 0, saved.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    lose(hub)
    with pytest.raises(KeyError):
        pwd.getpwnam(unix_users.unix_name(name))
    restored = hub.command("restore", str(file), "--homes")
    assert restored.returncode == 0, restored.stderr
    assert f"homes are back: {name}" in restored.stdout, restored.stdout
    assert settings.load(hub.folder).folder == hub.folder

    user = pwd.getpwnam(unix_users.unix_name(name))
    home = Path(user.pw_dir)
    results = home / "mine" / "deep" / "results.txt"
    assert results.read_text() == "42 spikes"
    assert results.stat().st_uid == user.pw_uid
    assert stat.S_IMODE((home / "mine").stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "script.sh").stat().st_mode) == 0o755
    assert (home / "mine" / "link").readlink() == Path("/etc/passwd")

    hub.start()
    # The session of before goes on: the secrets are the same. So do share and announcement.
    assert person.is_signed_in()
    assert person.get("/hub/api/lab/me").json()["share"]["boards_allowed"] == 7
    assert "Welcome back" in person.get("/hub/login").text + person.get("/hub/home").text
    person.start()
    assert person.api("GET", "contents/mine/deep/results.txt").json()["content"] == "42 spikes"

    # A second time nothing is overwritten.
    hub.stop()
    results.write_text("43 spikes")
    (home / "script.sh").unlink()
    again = hub.command("restore", str(file), "--homes")
    assert again.returncode == 0, again.stderr
    assert results.read_text() == "43 spikes"
    assert (home / "script.sh").read_text() == "echo"
