# SPDX-License-Identifier: Apache-2.0
"""`spinnlab lab`: JupyterLab on this computer alone, with the prepared notebooks."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path

from spinnlab import kept_outputs, kernels, notebooks
from spinnlab.errors import SpinnlabError
from spinnlab.programs import examples_folder, find_program, source_tree

#: The notebook that is opened when the folder has it.
FIRST_NOTEBOOK = "SynfireExample.ipynb"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "lab",
        help="open JupyterLab with the kernels sPyNNaker and sPyNNaker 7.4.1 (the default)",
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
    parser.set_defaults(run=main, jupyter=[])


def working_folder() -> Path:
    """Where the person's notebooks are when no folder is named; never below the home folder."""
    root = source_tree()
    return root / "notebooks" if root else Path.cwd()


def has_display() -> bool:
    """Whether a browser could open a window here."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def jupyter_command(folder: Path, port: int, browser: bool) -> list[str]:
    """The command that serves `folder` on 127.0.0.1."""
    page = f"/lab/tree/{FIRST_NOTEBOOK}" if (folder / FIRST_NOTEBOOK).exists() else "/lab"
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url={page}",
        f"--MultiKernelManager.default_kernel_name={kernels.SPYNNAKER}",
        "--ServerApp.contents_manager_class=spinnlab.old_kernel_names.NotebookFiles",
        *kept_outputs.server_options(),
    ]
    if os.geteuid() == 0:
        command.append("--ServerApp.allow_root=True")
    if not browser:
        command.append("--ServerApp.open_browser=False")
    return command


def ask_for_no_news(prefix: Path) -> None:
    """JupyterLab would ask at its first start whether to fetch news. An existing file stays."""
    file = prefix / "etc" / "jupyter" / "labconfig" / "page_config.json"
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    file.write_text(json.dumps(quiet, indent=1) + "\n", encoding="utf-8")


def main(arguments: argparse.Namespace) -> int:
    """Does not return: this process becomes the notebook server."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise SpinnlabError(
            f"JupyterLab is not installed beside {sys.executable}.\n"
            "In the source tree 'make lab' installs it; elsewhere: pip install 'spinnlab[lab]'"
        )
    find_program("spallocd")
    kernels.register_all(Path(sys.prefix))
    ask_for_no_news(Path(sys.prefix))
    folder = (arguments.folder or working_folder()).absolute()
    if arguments.folder is None:
        for file in notebooks.refresh(examples_folder(), folder):
            print(f"New: {file}", file=sys.stderr)
    elif not folder.is_dir():
        raise SpinnlabError(f"There is no folder {folder}.")
    browser = has_display() and not arguments.no_browser
    command = [*jupyter_command(folder, arguments.port, browser), *arguments.jupyter]
    environment = dict(os.environ)
    # A terminal in JupyterLab finds the command spinnlab.
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    os.execve(command[0], command, environment)
