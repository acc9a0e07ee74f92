# SPDX-License-Identifier: Apache-2.0
"""`spinnlab lab` and `spinnlab notebook`: Jupyter on this computer alone, with prepared notebooks.

One server has both interfaces, JupyterLab at /lab and Jupyter Notebook at /tree; the two commands
differ in the page that is opened, and each interface has a way to the other.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path

from spinnlab import kernels, notebooks, robotics
from spinnlab.commands import env
from spinnlab.errors import SpinnlabError
from spinnlab.programs import examples_folder, find_program, source_tree
from spinnlab.server_options import server_options

#: The notebook that is opened when the folder has it.
FIRST_NOTEBOOK = "SynfireExample.ipynb"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    _add_parser(
        commands,
        "lab",
        "open JupyterLab with the kernels sPyNNaker and sPyNNaker 7.4.1 (the default)",
    )
    _add_parser(commands, "notebook", "the same, with the simpler interface Jupyter Notebook")


def _add_parser(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, says: str
) -> None:
    parser = commands.add_parser(
        name,
        help=says,
        epilog="JupyterLab's own options are handed on, such as --ServerApp.token=... or --debug; "
        "they win over ours.",
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help="folder of notebooks (default: 'notebooks' in the source tree, else this folder)",
    )
    parser.add_argument("--port", type=int, default=8888, help="port, or the next free one")
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address instead of opening a browser"
    )
    parser.set_defaults(run=main, interface=name, jupyter=[])


def working_folder() -> Path:
    """Where the person's notebooks are when no folder is named; never below the home folder."""
    root = source_tree()
    return root / "notebooks" if root else Path.cwd()


def has_display() -> bool:
    """Whether a browser could open a window here."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def first_page(folder: Path, interface: str) -> str:
    """Path of the page that is opened first."""
    if interface == "notebook":
        return "/tree"
    return f"/lab/tree/{FIRST_NOTEBOOK}" if (folder / FIRST_NOTEBOOK).exists() else "/lab"


def jupyter_command(folder: Path, port: int, browser: bool, interface: str = "lab") -> list[str]:
    """The command that serves `folder` on 127.0.0.1."""
    command = [
        *(sys.executable, "-m", "spinnlab.lab_server"),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url={first_page(folder, interface)}",
        *server_options(),
    ]
    if os.geteuid() == 0:
        command.append("--ServerApp.allow_root=True")
    if not browser:
        command.append("--ServerApp.open_browser=False")
    return command


#: JupyterLab would ask at its first start whether to fetch news, and at each whether its pages have
#: to be built anew, which takes a second; ours are bundled.
PAGES = {
    "disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True},
    "buildAvailable": "false",
    "buildCheck": "false",
}


def settle_pages(prefix: Path) -> None:
    """Writes what all pages are told; what somebody has written there already stays."""
    file = prefix / "etc" / "jupyter" / "labconfig" / "page_config.json"
    try:
        present = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        present = {}
    except ValueError:
        return  # somebody is at work in it; JupyterLab says what is wrong with it
    if PAGES.keys() <= present.keys():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f"{file.name}.{os.getpid()}")
    scratch.write_text(json.dumps(PAGES | present, indent=1) + "\n", encoding="utf-8")
    scratch.replace(file)


def main(arguments: argparse.Namespace) -> int:
    """Does not return: this process becomes the notebook server."""
    for module, name in (("jupyterlab", "JupyterLab"), ("notebook", "Jupyter Notebook")):
        if importlib.util.find_spec(module) is None:
            raise SpinnlabError(
                f"{name} is not installed beside {sys.executable}.\n"
                "In the source tree 'make lab' installs it; elsewhere: pip install 'spinnlab[lab]'"
            )
    find_program("spallocd")
    kernels.register_all(Path(sys.prefix))
    settle_pages(Path(sys.prefix))
    folder = (arguments.folder or working_folder()).absolute()
    if arguments.folder is None:
        for file in notebooks.refresh(examples_folder(), folder):
            print(f"New: {file}", file=sys.stderr)
    elif not folder.is_dir():
        raise SpinnlabError(f"There is no folder {folder}.")
    log = env.prepare_in_background()
    print(f"The kernel sPyNNakerGit is made in the background if it is not there: {log}",
          file=sys.stderr)  # fmt: skip
    browser = has_display() and not arguments.no_browser
    command = [
        *jupyter_command(folder, arguments.port, browser, arguments.interface),
        *arguments.jupyter,
    ]
    environment = dict(os.environ)
    # A terminal in JupyterLab finds the command spinnlab.
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment["JUPYTER_PATH"] = kernels.jupyter_path()
    environment.update(robotics.below_server())
    os.execve(command[0], command, environment)
