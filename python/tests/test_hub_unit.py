# SPDX-License-Identifier: Apache-2.0
"""The systemd unit that `spinnlab hub init` writes."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from spinnlab.hub.install import UNIT, unit_text
from spinnlab.hub.settings import HubSettings


def read(hub: HubSettings) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(unit_text(hub))
    return unit


def test_the_unit_starts_this_hub_and_keeps_it_up(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    unit = read(HubSettings(folder))
    command = shlex.split(unit["Service"]["ExecStart"])
    assert command == [sys.executable, "-m", "spinnlab", "hub", "start", "--folder", str(folder)]
    assert Path(command[0]).is_absolute()  # systemd looks in no PATH
    assert unit["Service"]["Restart"] == "always"
    assert unit["Install"]["WantedBy"] == "multi-user.target"
    assert "network-online.target" in unit["Unit"]["After"].split()


def test_a_restart_of_the_unit_leaves_peoples_servers_and_their_limits_alone(
    tmp_path: Path,
) -> None:
    service = read(HubSettings(tmp_path))["Service"]
    assert service["KillMode"] == "process"  # not the whole control group, in which they are
    assert service["Delegate"] == "yes"  # or the hub could make no control groups
    assert service["TasksMax"] == "infinity"  # limits are a person's, not everybody's together
    # The hub becomes people's Unix users, mounts their own /tmp and binds ports below 1024.
    for forbidding in ("User", "PrivateTmp", "ProtectHome", "ProtectSystem", "RestrictNamespaces"):
        assert forbidding not in service
    assert service["NoNewPrivileges"] == "no"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not there")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    file = tmp_path / UNIT
    file.write_text(unit_text(HubSettings(tmp_path)), encoding="utf-8")
    result = subprocess.run(
        ["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
