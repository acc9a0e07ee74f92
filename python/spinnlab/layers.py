# SPDX-License-Identifier: Apache-2.0
"""Environments laid over another one: they see its packages, and pip changes only themselves.

A layer is a virtual environment with nothing inside. One `.pth` file lets it see the packages of
the environment below, behind its own; so what pip puts into the layer wins, and making one takes a
fraction of a second and no disk space. pip itself is that of the environment below. What lies below
is never changed: a replaced package stays there, hidden, and removing one is refused
(layer_guard.py).
"""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from spinnlab.errors import SpinnlabError

#: What makes a virtual environment a layer; Python reads it at each start.
PATHS = "_spinnlab_layer.pth"
GUARD = "_spinnlab_layer.py"
#: Scripts of the environment below that a layer does not hand on: it has its own, or pip belongs to
#: each environment.
OWN_SCRIPTS = re.compile(r"(pip[\d.]*|easy_install.*|spinnlab)$")

#: Runs in the environment below, alone: makes the empty environment and tells what is below.
_MAKE = """
import importlib.metadata, importlib.util, json, sys, sysconfig, venv
folder = sys.argv[1]
if folder:
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
library = sysconfig.get_path("stdlib")
scripts = {}
for point in importlib.metadata.entry_points(group="console_scripts"):
    scripts[point.name] = point.value
print(json.dumps({
    "paths": [p for p in sys.path
              if p and p != library and not p.endswith((".zip", "lib-dynload"))],
    "version": "%d.%d" % sys.version_info[:2],
    "scripts": scripts,
    "pip": importlib.util.find_spec("pip") is not None,
}))
"""


class LayerError(SpinnlabError):
    """An environment cannot be laid over the one that was named."""


@dataclass(frozen=True)
class Below:
    """What the environment below a layer offers."""

    #: Its search path without the standard library.
    paths: tuple[str, ...]
    #: Python's version, such as 3.11.
    version: str
    #: Console scripts: name to `module:function`.
    scripts: dict[str, str]


def site_packages(folder: Path, version: str) -> Path:
    return folder / "lib" / f"python{version}" / "site-packages"


def make(
    folder: Path, python: Path, *, first: tuple[Path, ...] = (), with_editable: bool = True
) -> Below:
    """Lays the environment `folder` over that of the interpreter `python`; returns what is below.

    Folders in `first` come before everything on the search path. `with_editable`: the environment
    below may have packages that are installed from their sources; they are seen, too. A layer that
    is there is kept with all that was installed into it, and only its description is refreshed.

    Raises LayerError where `python` cannot make one.
    """
    there = _is_alive(folder)
    if not there:
        for name in ("bin/python", "bin/python3", "pyvenv.cfg"):
            (folder / name).unlink(missing_ok=True)
    below = _ask(python, None if there else folder)
    target = site_packages(folder, below.version)
    if not target.is_dir():
        raise LayerError(
            f"{folder} was made with another version of Python than {python} ({below.version}).\n"
            f"What you installed there cannot be carried over: 'spinnlab env reset' makes it anew."
        )
    paths = [p for p in below.paths if with_editable or p.endswith("-packages")]
    hooks = list(_import_lines(below.paths)) if with_editable else []
    lines = [*paths, *hooks, f"import {Path(GUARD).stem}"]
    if first:
        lines.append(f"import sys; sys.path[0:0] = {[str(place) for place in first]!r}")
    _write(target / PATHS, "\n".join(lines) + "\n")
    _write(target / GUARD, (Path(__file__).parent / "layer_guard.py").read_text(encoding="utf-8"))
    _write_scripts(folder, below)
    return below


def clear(folder: Path) -> None:
    """Removes all that makes `folder` an environment; `make` then gives the shipped state."""
    for name in ("lib", "include", "share", "etc"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in ("lib64", "pyvenv.cfg"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "bin", ignore_errors=True)


def write_script(folder: Path, name: str, body: str) -> None:
    """Writes bin/`name`, run by the layer's own interpreter."""
    file = folder / "bin" / name
    python = folder / "bin" / "python"
    first = f"#!{python}"
    if " " in first or len(first.encode()) > 127:
        # The kernel's limits for the first line; as pip does it.
        first = f"#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''"
    _write(file, f"{first}\n{body}")
    file.chmod(file.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def call_of(entry_point: str) -> str:
    """The body of a script that calls `module:function`."""
    module, _, function = entry_point.partition(":")
    name = function.partition(".")[0].split()[0]
    call = function.split()[0]
    return f"import sys\nfrom {module} import {name}\nsys.exit({call}())\n"


def _is_alive(folder: Path) -> bool:
    python = folder / "bin" / "python"
    return (folder / "pyvenv.cfg").is_file() and python.exists()


def _ask(python: Path, folder: Path | None) -> Below:
    words = [str(python), "-I", "-c", _MAKE, str(folder or "")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LayerError(
            f"{python} could not make the environment {folder}:\n{done.stderr.strip()[-2000:]}\n"
            "On Debian its package python3-venv is needed."
        )
    answer = json.loads(done.stdout)
    if not answer["pip"]:
        raise LayerError(
            f"The environment of {python} has no pip, which a layer over it would use.\n"
            f"Put it there: {python} -m ensurepip"
        )
    return Below(tuple(answer["paths"]), answer["version"], answer["scripts"])


def _import_lines(paths: tuple[str, ...]) -> list[str]:
    """The lines of the `.pth` files below that hook in packages installed from sources."""
    return [
        line.rstrip()
        for path in paths
        for file in sorted(Path(path).glob("*.pth"))
        if not file.name.startswith("distutils-precedence")
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.startswith(("import ", "import\t"))
    ]


def _write_scripts(folder: Path, below: Below) -> None:
    for name, entry_point in below.scripts.items():
        if not OWN_SCRIPTS.match(name) and not (folder / "bin" / name).exists():
            write_script(folder, name, call_of(entry_point))
    pip = call_of("pip._internal.cli.main:main")
    for name in ("pip", "pip3", f"pip{below.version}"):
        if not (folder / "bin" / name).exists():
            write_script(folder, name, pip)


def _write(file: Path, text: str) -> None:
    """A file that already says the same is not touched; others see the old or the new one."""
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)
