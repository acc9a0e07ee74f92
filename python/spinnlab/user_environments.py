# SPDX-License-Identifier: Apache-2.0
"""What a user's kernels run in, so that pip in a notebook lands in an environment of the user's.

An environment that the user may write to is used as it is (one person's laptop). Where it belongs
to somebody else (a hub), the user's kernel runs a layer over it (layers.py) in the user's data
folder, registered under the same name, in front of the shared one.

A notebook server calls `prepare` at the user's first start; importing this needs no Jupyter.
"""

from __future__ import annotations

import fcntl
import math
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from spinnlab import kernels, layers, original_environments, programs, releases
from spinnlab.errors import ProgramNotFoundError, SpinnlabError
from spinnlab.git_kernel import creation, place


class ResetError(SpinnlabError):
    """An environment cannot be brought back to what was shipped."""


@dataclass(frozen=True)
class Shared:
    """An environment of the house that a kernel runs in."""

    name: str
    find: Callable[[], Path]
    specification: Callable[[Path], dict[str, Any]]
    #: Its pinned packages, and in the source tree ours in it, as the Makefile has them.
    lock: Path
    packages: tuple[str, ...]


def shared() -> dict[str, Shared]:
    """By their kernels' names: the native way, the usual original, releases that were added."""
    found = {
        kernels.SPYNNAKER: Shared(
            programs.NATIVE,
            programs.native_python,
            kernels.native_specification,
            programs.data_file("requirements-spynnaker.txt"),
            (".", "python/shim"),
        )
    }
    for release in dict.fromkeys((releases.USUAL, *releases.installed())):
        found[releases.kernel_name(release)] = Shared(
            programs.original_environment(release),
            partial(programs.original_python, release),
            partial(kernels.original_specification, release=release),
            original_environments.lock_file(release),
            (".", "python/original"),
        )
    return found


def names() -> tuple[str, ...]:
    """The kernels' names, for `spinnlab env reset`."""
    return (*shared(), kernels.SPYNNAKER_GIT)


def prepare(home: Path | None = None, say: Callable[[str], None] = lambda _: None) -> None:
    """Makes what this user's kernels need and is not there: layers, and sPyNNakerGit.

    `home`: of the user, where it is not this process's own. Raises SpinnlabError.
    """
    there = shared()
    for name in there:
        prepare_layer(name, home, say)
    forget_removed(there, home)
    creation.create(home, say)


def forget_removed(there: Collection[str], home: Path | None = None) -> None:
    """Kernels of releases that are there no more leave the user's menus.

    Their layers stay: what pip installed is there again when the release is added again.
    """
    for folder in (kernels.user_jupyter_folder(home) / "kernels").glob("spynnaker*"):
        old = folder.name == kernels.FORMER_741 or releases.of_kernel(folder.name)
        if old and folder.name not in there:
            kernels.unregister_for_user(folder.name, home)


def prepare_layer(
    name: str,
    home: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
    patience_s: float = math.inf,
) -> Path | None:
    """The layer of the kernel `name`, made if the user needs one; None if not, or not installed.

    Raises SpinnlabError, also where another process has been at it for longer than `patience_s`.
    """
    below = shared()[name]
    try:
        python = below.find()
    except ProgramNotFoundError:
        return None
    if is_writable(python):
        return None
    layer = layer_folder(name, home)
    say(f"The environment {layer} over {python.parent.parent}")
    layer.parent.mkdir(parents=True, exist_ok=True)
    # A first start prepares in the background, and a first kernel does not wait for it.
    with locked(layer.with_name(f".{layer.name}.lock"), patience_s):
        layers.make(layer, python)
        layers.write_script(layer, "spinnlab", layers.call_of("spinnlab.cli:main"))
    kernels.register_for_user(name, below.specification(layer / "bin" / "python"), home)
    return layer


@contextmanager
def locked(file: Path, patience_s: float) -> Iterator[None]:
    """One process at a time. Raises SpinnlabError after `patience_s`."""
    deadline = time.monotonic() + patience_s
    with file.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise SpinnlabError(
                        f"Another process is still making it ({file} is locked).\n"
                        "Restart the kernel in a minute: it has pip then."
                    ) from None
                time.sleep(0.05)
        yield


def layer_folder(name: str, home: Path | None = None) -> Path:
    """Where the layer of the kernel `name` is: spynnaker-7.4.1 for spynnaker_7.4.1."""
    return programs.data_folder(home) / "layers" / name.replace("_", "-")


def is_writable(python: Path) -> bool:
    """Whether pip run by this user with `python` can install beside it."""
    return os.access(_packages(python), os.W_OK)


def _packages(python: Path) -> Path:
    asked = [str(python), "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SpinnlabError(f"{python} does not run:\n{done.stderr.strip()[-2000:]}")
    return Path(done.stdout.strip())


def reset(name: str, home: Path | None = None) -> str:
    """Brings the environment of the kernel `name` back to what was shipped; says what was done.

    Clones of sPyNNakerGit stay as they are. Raises ResetError where there is nothing to restore
    from.
    """
    if name == kernels.SPYNNAKER_GIT:
        there = place.read(place.default_folder(home))
        creation.reset_environment(there)
        return f"{there.folder}: what pip installed is gone, the clones are as they were."
    below = shared()[name]
    python = below.find()
    layer = layer_folder(name, home)
    if not is_writable(python):
        shutil.rmtree(layer, ignore_errors=True)
        prepare_layer(name, home)
        return f"{layer}: what pip installed is gone."
    root = programs.source_tree()
    ours = programs.environments_folder() / below.name
    if python.parent.parent != ours or (root is None and name == kernels.SPYNNAKER):
        raise ResetError(
            f"{python.parent.parent} is an environment of your own, not one that was shipped.\n"
            "'pip freeze' lists what is there, 'pip uninstall' removes it."
        )
    removed = remove_strangers(python, below.lock)
    try:
        if root is None:
            original_environments.install(python, below.lock)
        else:
            (ours / ".spinnlab-stamp").unlink(missing_ok=True)
            original_environments.make_in_tree(root, ours, below.lock, below.packages)
    except SpinnlabError as error:
        raise ResetError(
            f"{ours}: a pinned package could not be put back; pip says why above.\n"
            f"Where there is a network, run 'spinnlab env reset {name}' again."
        ) from error
    return f"{ours}: {', '.join(removed) or 'nothing'} removed, pinned versions there."


def remove_strangers(python: Path, lock: Path) -> list[str]:
    """Removes what pip installed beside the pinned packages and ours; returns their names."""
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    listed = subprocess.run(
        [*pip, "list", "--format=freeze"], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    pinned = {_canonical(line.split("==")[0]) for line in lock.read_text().splitlines()}
    ours = {"pip", "setuptools", "wheel", "spinnlab", "spinnlab-spynnaker", "spinnlab-original"}
    names = [line.split("==")[0].split(" @ ")[0] for line in listed.splitlines()]
    strangers = [name for name in names if _canonical(name) not in pinned | ours]
    if strangers:
        subprocess.run([*pip, "uninstall", "--quiet", "--yes", *strangers], check=True)
    return strangers


def _canonical(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(".", "-")
