# SPDX-License-Identifier: Apache-2.0
"""The platform's process: `python -m spinnlab.robotics.host FOLDER PORT [--ends-with PID]`.

Says what happens on its standard output, which `service.py` has led into the log. The last line
of one that cannot begin starts with "spinnlab: ".
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import logging
import os
import signal
import socket
import sys
import time
from pathlib import Path

import uvicorn

from spinnlab import __version__
from spinnlab.robotics import SINGLE_SIGN_ON
from spinnlab.robotics.application import Application, Facts
from spinnlab.robotics.errors import RoboticsError, RunsAlreadyError
from spinnlab.robotics.place import Place
from spinnlab.robotics.sign_in import Sessions

ADDRESS = "127.0.0.1"
#: Requests that are under way when it ends have so long.
LAST_REQUESTS_S = 2

log = logging.getLogger("spinnlab.robotics")


def listen(port: int) -> socket.socket:
    """`port` of 127.0.0.1. Raises RoboticsError when it cannot be had."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((ADDRESS, port))
    except OverflowError:
        listening.close()
        raise RoboticsError(f"--port {port} is no port; ports are 1 to 65535.") from None
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise RoboticsError(
                f"Port {port} of this computer is taken by another program. Name another one: "
                f"spinnlab robotics start --port {port + 1}"
            ) from None
        raise RoboticsError(
            f"Port {port} of this computer cannot be used: {error.strerror}. Name another one "
            "with --port, above 1023."
        ) from None
    return listening


def watch(pid: int) -> int:
    """A descriptor that tells when the process ends. Raises RoboticsError when it has ended."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise RoboticsError(
            "The notebook server that this was started below has ended. Start it in a new terminal."
        ) from None


def end_with(watched: int, server: uvicorn.Server) -> None:
    """Ends the platform when that process ends."""

    def ended() -> None:
        asyncio.get_running_loop().remove_reader(watched)
        log.info("the notebook server has ended")
        server.should_exit = True

    asyncio.get_running_loop().add_reader(watched, ended)


async def serve(
    sockets: list[socket.socket], application: Application, ends_with: int | None
) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            application.build(),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=LAST_REQUESTS_S,
            proxy_headers=False,
        )
    )
    if ends_with is not None:
        end_with(ends_with, server)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises it anew when it has ended; there is something left to do then.
        signal.signal(number, signal.SIG_IGN)
    log.info("ready")
    await server.serve(sockets=sockets)
    log.info("stopped")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--ends-with", type=int)
    arguments = parser.parse_args()
    logging.basicConfig(
        stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%F %T"
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    place = Place(arguments.folder)
    ends_with = None if arguments.ends_with is None else watch(arguments.ends_with)
    lock = place.take()  # held until the process ends
    tcp = [listen(arguments.port)] if arguments.port else []
    port = tcp[0].getsockname()[1] if tcp else 0
    facts = Facts(time.time(), port, __version__)
    sessions = Sessions(single_sign_on=os.environ.get(SINGLE_SIGN_ON) == "1")
    where = (
        f"http://{ADDRESS}:{port}/" if port else f"behind the notebook server, {place.socket_file}"
    )
    log.info("the robotics platform of SpiNNLab %s: %s", __version__, where)
    try:
        asyncio.run(serve([place.listen(), *tcp], Application(facts, sessions), ends_with))
    finally:
        place.socket_file.unlink(missing_ok=True)
        os.close(lock)


if __name__ == "__main__":
    try:
        main()
    except RoboticsError as error:
        print(f"spinnlab: {error}", flush=True)
        sys.exit(RunsAlreadyError.EXIT_CODE if isinstance(error, RunsAlreadyError) else 1)
