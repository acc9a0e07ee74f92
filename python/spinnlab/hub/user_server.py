# SPDX-License-Identifier: Apache-2.0
"""A person's notebook server, seen from inside: prepares the home folder, then becomes the server.

Runs as the person, so whatever stands in their home (links, full disks, files of root's name) can
hurt only themselves. `python -m spinnlab.hub.user_server ARGUMENTS` hands the arguments to Jupyter.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from spinnlab import kernels, notebooks, robotics
from spinnlab.commands import env
from spinnlab.hub import course, stop_notes
from spinnlab.programs import examples_folder
from spinnlab.server_options import server_options


def prepare(home: Path) -> list[str]:
    """Puts the prepared notebooks and the course in place; returns what went wrong, in words."""
    problems = []
    try:
        notebooks.refresh(examples_folder(), home)
    except OSError as error:
        problems.append(f"The prepared notebooks could not be copied: {error}")
    source = os.environ.get("SPINNLAB_COURSE_SOURCE")
    if source:
        try:
            course.refresh(
                source,
                home / os.environ.get("SPINNLAB_COURSE_FOLDER", "course"),
                os.environ.get("SPINNLAB_COURSE_BRANCH") or None,
            )
        except (OSError, course.CourseError) as error:
            problems.append(f"The course could not be brought up to date: {error}")
    return problems


def main() -> None:
    home = Path.home()
    stop_notes.take_over(os.environ)
    for problem in prepare(home):
        print(problem, file=sys.stderr)
    env.prepare_in_background()  # sPyNNakerGit and layers for pip, at the first login
    os.environ["JUPYTER_PATH"] = kernels.jupyter_path()
    os.environ.update(robotics.below_server())
    command = [
        *(sys.executable, "-m", "spinnlab.hub.single_user"),
        *server_options(),
        "--KernelSpecManager.ensure_native_kernel=False",  # root's environment is not for scripts
        "--KernelList.hidden=python3",
        # Kernels on Unix sockets in the private folder: a TCP port is open to everybody here.
        "--KernelManager.transport=ipc",
        *sys.argv[1:],
    ]
    os.execve(command[0], command, os.environ)


if __name__ == "__main__":
    main()
