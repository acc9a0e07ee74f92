# SPDX-License-Identifier: Apache-2.0
"""`spinnlab hub init`: a folder with settings, secrets and a systemd unit, ready to start."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

from spinnlab import kernels
from spinnlab.commands.lab import settle_pages
from spinnlab.hub import keys
from spinnlab.hub.settings import FILE, HubSettings, SettingsError, load

UNIT = "spinnlab-hub.service"


def settings_text(
    *, host: str, port: int, tls: str, certificate: str, key: str, admins: list[str], demo: bool
) -> str:
    """The first `hub.toml`: what was asked for, and the rest with its usual value as a comment."""
    quoted = json.dumps  # TOML's basic strings and lists of them are JSON's
    lines = [
        "# A hub of SpiNNLab. What is not written here has its usual value:",
        "# docs/howto/run-a-hub.md lists all. 'spinnlab hub check' reads it and tells what holds.",
        *(["demo = true  # without root: people can read each other's files"] if demo else []),
        "",
        "[site]",
        f"host = {quoted(host)}",
        f"port = {port}",
        f'tls = {quoted(tls)}  # "certificate" (the two files below), "proxy" in front, or "none"',
        *([f"certificate = {quoted(certificate)}", f"key = {quoted(key)}"] if certificate else []),
        "",
        "[people]",
        f"admins = {quoted(admins)}",
        'sign_up = "approval"  # or "code" (spinnlab hub code), or "closed"',
        "",
        "[limits]  # of one person's server, kernels and jobs together; 0: none",
        "memory_mib = 4096",
        "cores = 2.0",
        "processes = 512",
        "run_hours = 24.0  # of one run, and of a job with boards",
        "disk_mib = 10240",
        "",
        "[boards]  # the machine, and everybody's share of it",
        'machine = "spinnlab=cabinet"',
        "boards = 24",
        "jobs = 4",
        "",
        "[idle]",
        "boards_minutes = 30.0",
        "kernel_minutes = 60",
        "server_minutes = 120",
    ]
    return "\n".join(lines) + "\n"


def unit_text(hub: HubSettings) -> str:
    """A systemd unit: control groups delegated, people's servers left alone at a restart."""
    command = [sys.executable, "-m", "spinnlab", "hub", "start", "--folder", str(hub.folder)]
    return f"""[Unit]
Description=SpiNNLab hub
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={shlex.join(command)}
Restart=always
RestartSec=1
Delegate=yes
KillMode=process
TasksMax=infinity
LimitNOFILE=65536
NoNewPrivileges=no
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectClock=yes

[Install]
WantedBy=multi-user.target
"""


def prepare_environment(prefix: Path) -> None:
    """Kernels and settings that belong to the server's environment; written by who owns it.

    Raises ProgramNotFoundError where the kernels' environments are not there.
    """
    kernels.register_all(prefix)
    settle_pages(prefix)


def init(folder: Path, text: str) -> tuple[HubSettings, list[str]]:
    """Makes what is not there yet; a `hub.toml` that stands there stays as it is.

    Returns the settings and what was made. Raises SettingsError when the settings will not do;
    then nothing but the folder is left behind.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # People's servers pass through to nothing here; names of files are nobody's business.
    folder.chmod(0o700)
    made = []
    file = folder / FILE
    if not file.exists():
        scratch = folder / (FILE + ".new")
        keys.write_private(scratch, text)
        scratch.replace(file)
        made.append(FILE)
    try:
        hub = load(folder)
    except SettingsError:
        if made:
            file.unlink()
        raise
    made += [f"secrets/{name}" for name in keys.make(folder)]
    unit = folder / UNIT
    if os.geteuid() == 0 and (not unit.exists() or unit.read_text() != unit_text(hub)):
        unit.write_text(unit_text(hub), encoding="utf-8")
        made.append(UNIT)
    return hub, made
