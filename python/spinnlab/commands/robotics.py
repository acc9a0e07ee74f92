# SPDX-License-Identifier: Apache-2.0
"""`spinnlab robotics`: the neurorobotics platform, and the names that people know its parts by.

`cle-nginx` starts it, `cle-start` starts it and shows its log, `cle-kill` stops it. Each may be
given twice, and in any order.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from typing import TextIO

from spinnlab.errors import SpinnlabError
from spinnlab.robotics import ENDS_WITH, PAGE, PORT, PRIVATE, service
from spinnlab.robotics.place import Place

LOOK_EVERY_S = 0.2


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("robotics", help="start and stop the neurorobotics platform")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    starting = actions.add_parser(
        "start",
        help="start it in the background (also: cle-nginx)",
        description="Starts the platform in the background, if it does not run, and prints its "
        "address. Started in a terminal or a notebook of the lab, it ends with the lab's server.",
    )
    starting.add_argument(
        "--port",
        type=int,
        help=f"port on 127.0.0.1 (default: {PORT}; in the lab none: it is reached through it)",
    )
    starting.set_defaults(run=start)
    actions.add_parser(
        "log", help="start it if need be, and show its log until Ctrl-C (also: cle-start)"
    ).set_defaults(run=log, port=None)
    actions.add_parser("stop", help="stop it (also: cle-kill)").set_defaults(run=stop)
    actions.add_parser("status", help="say whether and where it runs").set_defaults(run=status)


def _address(running: service.Running) -> str:
    if running.port:
        return f"http://127.0.0.1:{running.port}/{PRIVATE}"
    if prefix := os.environ.get("JUPYTERHUB_SERVICE_PREFIX"):
        return os.environ.get("JUPYTERHUB_PUBLIC_URL", prefix).rstrip("/") + f"/{PAGE}"
    if (server := os.environ.get("JUPYTER_SERVER_URL", "")).startswith("http:"):
        return server.rstrip("/") + f"/{PAGE}"
    return f"{PAGE} below the address of your notebook server"


def _started(port: int | None) -> service.Running:
    if port is None:
        port = 0 if os.environ.get(ENDS_WITH) else PORT
    return service.start(Place.mine(), port)


def _since(running: service.Running) -> str:
    return time.strftime("%H:%M on %e %B", time.localtime(running.started_unix_s))


def start(arguments: argparse.Namespace) -> int:
    running = _started(arguments.port)
    if arguments.port and running.port != arguments.port:
        raise SpinnlabError(
            f"The platform runs already, at {_address(running)}. 'spinnlab robotics stop' first, "
            "if it is to have another port."
        )
    print(f"The robotics platform is ready: {_address(running)}")
    return 0


def log(arguments: argparse.Namespace) -> int:
    """Returns when the platform has ended; Ctrl-C leaves it running."""
    place = Place.mine()
    running = _started(arguments.port)
    print(f"The robotics platform is ready: {_address(running)}")
    print("Its log follows. Ctrl-C leaves it running; cle-kill stops it.", flush=True)
    try:
        lines = place.log.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SpinnlabError(
            f"The platform runs, but its log cannot be read: {error.strerror} ({place.log}). A new "
            "one begins with the next start: cle-kill, then cle-start."
        ) from error
    with lines:
        lines.seek(max(0, os.fstat(lines.fileno()).st_size - 4096))
        _follow(lines, running.pid)
    return 0


def _follow(lines: TextIO, pid: int) -> None:
    """Prints what comes until the process has ended."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:  # it has ended meanwhile
        sys.stdout.write(lines.read())
        return
    try:
        while True:
            sys.stdout.write(lines.read())
            sys.stdout.flush()
            if service.has_ended(process, LOOK_EVERY_S):
                sys.stdout.write(lines.read())
                return
    finally:
        os.close(process)


def stop(_arguments: argparse.Namespace) -> int:
    stopped = service.stop(Place.mine())
    print("The robotics platform is stopped." if stopped else "The robotics platform did not run.")
    return 0


def status(_arguments: argparse.Namespace) -> int:
    running = service.find(Place.mine())
    if running is None:
        print("The robotics platform does not run. cle-start starts it.")
        return 1
    print(f"The robotics platform runs since {_since(running)}: {_address(running)}")
    return 0


def _old_name(run: Callable[[argparse.Namespace], int], says: str) -> None:
    """Becomes the command; ends the process with its exit code."""
    argparse.ArgumentParser(description=says).parse_args()
    try:
        code = run(argparse.Namespace(port=None))
    except SpinnlabError as error:
        print(f"spinnlab: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def cle_nginx() -> None:
    _old_name(start, "Starts the neurorobotics platform in the background and prints its address.")


def cle_start() -> None:
    _old_name(log, "Starts the neurorobotics platform if it does not run, and shows its log.")


def cle_kill() -> None:
    _old_name(stop, "Stops the neurorobotics platform.")
