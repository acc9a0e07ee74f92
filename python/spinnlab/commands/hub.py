# SPDX-License-Identifier: Apache-2.0
"""`spinnlab hub ...`: a lab's hub for many people: make it, check it, start it, keep it."""

from __future__ import annotations

import argparse
import getpass
import importlib.util
import logging
import os
import sys
from pathlib import Path

from spinnlab.errors import SpinnlabError


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("hub", help="a hub for many people: sign-in, servers, boards")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    def action(name: str, text: str, run: object) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=text)
        added.add_argument(
            "--folder", type=Path,
            help="the hub's folder (default: $SPINNLAB_HUB, else /var/lib/spinnlab-hub for root, "
            "else ~/spinnlab-hub)",
        )  # fmt: skip
        added.set_defaults(run=run)
        return added

    made = action("init", "make the settings, the secrets and a systemd unit", init)
    made.add_argument("--host", default="localhost", help="the name that people type")
    made.add_argument("--port", type=int, default=8000)
    made.add_argument("--tls", choices=("certificate", "proxy", "none"), default="none")
    made.add_argument("--certificate", default="", help="file, for --tls certificate")
    made.add_argument("--key", default="", help="file, for --tls certificate")
    made.add_argument("--admin", help="the first administrator; the password is asked for")
    made.add_argument(
        "--demo", action="store_true", help="allow several people without root, to try it"
    )
    action("start", "run it in the foreground; systemd or a terminal watches", start)
    action("check", "tell what this host can do for a hub, and what to mend", check)
    added = action("add-users", "make accounts from a list", add_users)
    added.add_argument(
        "roster", type=Path, help="CSV: name,password,admin; no password: one is made"
    )
    changed = action("set-password", "give an account a new password", set_password)
    changed.add_argument("name")
    code = action("code", "make a sign-up code", new_code)
    code.add_argument("--days", type=float, default=7, help="how long it is good (default: 7)")
    saved = action("backup", "save settings, secrets and data bases while the hub runs", backup)
    saved.add_argument("--to", type=Path, help="file (default: in the hub's folder)")
    saved.add_argument("--homes", action="store_true", help="people's home folders, too")
    restored = action("restore", "put a backup back; the hub must not run", restore)
    restored.add_argument("file", type=Path)
    restored.add_argument(
        "--homes", action="store_true",
        help="people's files, too, from a backup with --homes; files that are there stay",
    )  # fmt: skip
    action("upgrade", "bring the data base up to this version; back if it fails", upgrade)


def _need_environment() -> None:
    """The hub has an environment of its own; from another one this process becomes its Python."""
    if importlib.util.find_spec("jupyterhub") is not None:
        return
    from spinnlab.programs import environments_folder

    python = environments_folder() / "hub" / "bin" / "python"
    if not os.access(python, os.X_OK):
        raise SpinnlabError(
            f"JupyterHub is not installed: no {python}.\n"
            "In the source tree 'make hub' installs it; a wheel has no hub yet."
        )
    os.execv(python, [str(python), "-m", "spinnlab", *sys.argv[1:]])


def _folder(arguments: argparse.Namespace) -> Path:
    from spinnlab.hub.settings import default_folder

    return (arguments.folder or default_folder()).absolute()


def _ask_password(name: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass(f"Password for {name}: ")
    if password != getpass.getpass("Again: "):
        raise SpinnlabError("The two passwords differ; nothing was changed.")
    return password


def init(arguments: argparse.Namespace) -> int:
    _need_environment()
    from spinnlab.hub import accounts, install
    from spinnlab.hub.roster import Entry

    folder = _folder(arguments)
    admins = [arguments.admin] if arguments.admin else []
    text = install.settings_text(
        host=arguments.host,
        port=arguments.port,
        tls=arguments.tls,
        certificate=arguments.certificate,
        key=arguments.key,
        admins=admins,
        demo=arguments.demo,
    )
    hub, made = install.init(folder, text)
    for name in made:
        print(f"made {folder / name}")
    if not made:
        print(f"{folder} is there already; nothing was changed")
    if arguments.admin:
        entry = Entry(arguments.admin, _ask_password(arguments.admin), admin=True)
        accounts.add(hub, [entry])
        print(f"{arguments.admin} is an administrator")
    print(f"next: spinnlab hub check --folder '{folder}', then spinnlab hub start")
    return 0


def start(arguments: argparse.Namespace) -> int:
    _need_environment()
    from spinnlab.hub import checks, egress, install, supervisor
    from spinnlab.hub.settings import load

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    hub = load(_folder(arguments))
    bad = [finding for finding in checks.look(hub) if finding.level == "bad"]
    if bad:
        raise SpinnlabError("\n".join(f"{item.what}. {item.way_out}".rstrip() for item in bad))
    install.prepare_environment(Path(sys.prefix))
    egress.keep(hub.network.allowed)
    supervisor.run(hub, lambda: print(f"The hub is at {hub.public_url}", flush=True))
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Exit code 1 if something must be mended before the hub can start."""
    _need_environment()
    from spinnlab.hub import checks
    from spinnlab.hub.settings import load

    findings = checks.look(load(_folder(arguments)))
    for finding in findings:
        print(f"{finding.level:<5} {finding.what}")
        if finding.way_out:
            print(f"      {finding.way_out}")
    return int(any(finding.level == "bad" for finding in findings))


def add_users(arguments: argparse.Namespace) -> int:
    _need_environment()
    from spinnlab.hub import accounts, roster
    from spinnlab.hub.settings import load

    hub = load(_folder(arguments))
    entries = roster.read(arguments.roster)
    accounts.add(hub, entries)
    print("name,password")
    for entry in entries:
        print(f"{entry.name},{entry.password}")
    print(f"{len(entries)} accounts made; this list is shown once", file=sys.stderr)
    return 0


def set_password(arguments: argparse.Namespace) -> int:
    _need_environment()
    from spinnlab.hub import accounts
    from spinnlab.hub.roster import Entry
    from spinnlab.hub.settings import load

    hub = load(_folder(arguments))
    entry = Entry(arguments.name, _ask_password(arguments.name), admin=False)
    accounts.add(hub, [entry], replace=True)
    print(f"{arguments.name} has a new password")
    return 0


def new_code(arguments: argparse.Namespace) -> int:
    _need_environment()
    from spinnlab.hub import keys
    from spinnlab.hub.settings import load

    hub = load(_folder(arguments))
    if hub.people.sign_up != "code":
        raise SpinnlabError('Codes are asked for only with people.sign_up = "code" in hub.toml.')
    print(keys.new_sign_up_code(hub.folder, arguments.days))
    return 0


def backup(arguments: argparse.Namespace) -> int:
    _need_environment()
    from spinnlab.hub import backup as backups
    from spinnlab.hub.settings import load
    from spinnlab.hub.unix_users import PREFIX

    hub = load(_folder(arguments))
    parent = Path(hub.site.homes) if os.geteuid() == 0 else hub.folder / "homes"
    homes = sorted(parent.glob(f"{PREFIX}*")) if arguments.homes else []
    print(backups.make(hub.folder, arguments.to, homes))
    return 0


def restore(arguments: argparse.Namespace) -> int:
    _need_environment()
    from spinnlab.hub import backup as backups
    from spinnlab.hub import supervisor

    folder = _folder(arguments)
    supervisor.refuse_if_running(folder)
    kept = backups.restore(folder, arguments.file)
    print(f"{folder} is as in {arguments.file}")
    if kept:
        print(f"what was there is now {kept}")
    if arguments.homes:
        from spinnlab.hub import accounts, backup_homes
        from spinnlab.hub.settings import load

        hub = load(folder)
        done = backup_homes.restore(hub, arguments.file, accounts.people(hub))
        print(f"{len(done)} homes are back: {', '.join(done)}" if done else "no homes in it")
    return 0


def upgrade(arguments: argparse.Namespace) -> int:
    _need_environment()
    from spinnlab.hub import supervisor
    from spinnlab.hub import upgrade as upgrades
    from spinnlab.hub.settings import load

    folder = _folder(arguments)
    supervisor.refuse_if_running(folder)
    print(upgrades.run(load(folder)))
    return 0
