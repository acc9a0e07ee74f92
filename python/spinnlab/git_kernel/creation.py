# SPDX-License-Identifier: Apache-2.0
"""Makes `~/sPyNNakerGit`: environment, clones, scripts and the kernel's registration.

Done once. What is there is never updated by a later call: clones stay as the user left them, and
only what leads to the release (interpreter, scripts) is refreshed when that has moved.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import spinnlab
from spinnlab import engine_sources, kernels, layers
from spinnlab.errors import ProgramNotFoundError, SpinnlabError
from spinnlab.git_kernel import git, place, sources
from spinnlab.git_kernel.place import Place
from spinnlab.programs import (
    data_folder,
    find_program,
    native_python,
    original_python,
)

SUPPORT = Path(__file__).parent / "support"
#: Compiled programs of the release that the environment uses until the clone has its own.
PROGRAMS = ("spallocd", "spinnlab-machine")


class OccupiedError(SpinnlabError):
    """Where sPyNNakerGit is to stand there is something else."""


def create(home: Path | None = None, say: Callable[[str], None] = lambda _: None) -> Place:
    """Makes sPyNNakerGit in `home` (default: this user's) unless it is there; registers its kernel.

    `say` gets a line for each step. Raises SpinnlabError: no source, no git, no environment below.
    A creation that was interrupted is continued by the next call.
    """
    folder = place.default_folder(home).absolute()
    with _locked(home):
        try:
            there = place.read(folder)
        except place.NoGitKernelError:
            there = _begin(folder, sources.read(home))
        if not there.complete:
            _clone_all(there, say)
        say(f"The environment {folder}")
        _environment(there)
        if not there.complete:
            _copy_engine(there, say)
        python, packages = _release()
        there = replace(there, complete=True, release_python=python, release_packages=packages)
        there.write()
        kernels.register_for_user(kernels.SPYNNAKER_GIT, kernels.git_specification(there), home)
    return there


def reset_environment(there: Place) -> None:
    """Removes what pip installed; clones, their builds and `support` stay as they are."""
    layers.clear(there.folder)
    _environment(there)


@contextmanager
def _locked(home: Path | None) -> Iterator[None]:
    """One creation at a time: two notebook servers may start at once."""
    file = data_folder(home) / "git-kernel.lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _release() -> tuple[str, str]:
    """The interpreter and the package folder that run this, which are not the clone's."""
    return sys.executable, str(Path(spinnlab.__file__).resolve().parent.parent)


def _begin(folder: Path, configured: sources.Configuration) -> Place:
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise OccupiedError(
            f"{folder} is there, and it is no sPyNNakerGit of this program.\n"
            "Rename it, then run 'spinnlab git-kernel create'."
        )
    filled = {name: value.replace("{folder}", str(folder))
              for name, value in configured.variables.items()}  # fmt: skip
    path = tuple(item.replace("{folder}", str(folder)) for item in configured.path)
    there = Place(folder, configured.sources, filled, path, False, *_release())
    folder.mkdir(parents=True, exist_ok=True)
    there.write()
    return there


def _clone_all(there: Place, say: Callable[[str], None]) -> None:
    for source in there.sources:
        clone = there.clone(source)
        if not clone.exists():
            say(f"Cloning {source.name} from {source.url}")
            git.clone(source.url, clone, source.branch)


def _copy_engine(there: Place, say: Callable[[str], None]) -> None:
    """The release's module, if there is one: nothing has to be compiled at creation.

    Built from other sources than the clone's it is stale, which the kernel says when it starts.
    """
    module = engine_sources.module_file(there.engine_tree)
    release = Path(spinnlab.__file__).parent / module.name
    if module.exists() or not module.parent.is_dir():
        return
    if not release.is_file():
        say("The engine is not built yet: support/automatic_make.sh")
        return
    shutil.copy2(release, module)
    stub = release.with_name("_core.pyi")
    if stub.is_file():
        shutil.copy2(stub, module.with_name(stub.name))
    if engine_sources.built_from(module) != engine_sources.fingerprint(there.engine_tree):
        say("The engine was built from other sources than the clone's: support/automatic_make.sh")


def _environment(there: Place) -> None:
    folder = there.folder
    layers.make(folder, native_python(), first=there.search_path(), with_editable=False)
    body = layers.call_of("spinnlab.cli:main")
    try:
        original = str(original_python())
        body = f'import os\nos.environ.setdefault("SPINNLAB_ORIGINAL_PYTHON", {original!r})\n{body}'
    except ProgramNotFoundError:
        pass  # a wheel comes without it; `--original` then says what makes it
    layers.write_script(folder, "spinnlab", body)
    for name in PROGRAMS:
        _link(folder / "bin" / name, name)
    _write_activate(there)
    _write_support(folder / "support")


def _link(link: Path, name: str) -> None:
    try:
        program = find_program(name)
    except ProgramNotFoundError:
        return  # find_program says it again to who needs it
    if link.is_symlink() and link.readlink() == program:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(program)


def _write_activate(there: Place) -> None:
    variables = {**there.variables, "VIRTUAL_ENV": str(there.folder)}
    variables["VIRTUAL_ENV_PROMPT"] = "(sPyNNakerGit) "
    names = ["PATH", "PS1", "PYTHONHOME", *variables]
    exports = "\n".join(f"export {name}={shlex.quote(text)}" for name, text in variables.items())
    path = os.pathsep.join([str(there.folder / "bin"), *there.path])
    text = (SUPPORT / "activate").read_text(encoding="utf-8")
    for mark, value in (
        ("@NAMES@", " ".join(names)),
        ("@EXPORTS@", exports),
        ("@PATH@", shlex.quote(path)),
        ("@ADVICE@", shlex.quote(shlex.join(["source", str(there.folder / "bin" / "activate")]))),
    ):
        text = text.replace(mark, value)
    _write(there.folder / "bin" / "activate", text)


def _write_support(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    python, packages = _release()
    for shipped in ("gitupdate.sh", "automatic_make.sh", "README.md"):
        text = (SUPPORT / shipped).read_text(encoding="utf-8")
        text = text.replace("@RELEASE@", shlex.quote(packages))
        _write(folder / shipped, text.replace("@PYTHON@", shlex.quote(python)))


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    if file.suffix == ".sh" or file.name == "activate":
        file.chmod(0o755)
