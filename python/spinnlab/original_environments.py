# SPDX-License-Identifier: Apache-2.0
"""Makes and removes the environments of releases of the published sPyNNaker.

What is installed into one is pinned, with hashes: for releases that were tried (releases.py) we
ship the list, for another one pip resolves it once, with our versions of everything that is not of
sPyNNaker where they fit. A new environment counts only after a network has run on an emulated
board in it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from spinnlab import __version__, programs, releases
from spinnlab.errors import SpinnlabError

#: In this file of an environment stands what it was made from.
STAMP = ".spinnlab-kernel"
#: Packages of the published host software, which have its version.
PUBLISHED = ("sPyNNaker", "SpiNNakerGraphFrontEnd", "spalloc")
#: What pip is asked for beside them.
BESIDE = ("numpy", "scipy", "matplotlib", "ipykernel", "ipython", "hatchling", "editables")
#: Versions that have to be as in our lists whatever a release says, or old scripts fail.
HELD = ("numpy", "matplotlib", "ipython")
OF_SPYNNAKER = re.compile(r"(spynnaker|spinn|spalloc)", re.IGNORECASE)
#: The longest that a run of two neurons may take, imports and a loaded computer included.
CHECK_S = 600


class ReleaseError(SpinnlabError):
    """A release cannot be added; the text names those that can."""


def parse(text: str) -> str:
    """The release that somebody names, such as 7.3.0. Raises ReleaseError."""
    release = text.removeprefix("v").removeprefix("1!")
    if not releases.NAME.fullmatch(release):
        raise ReleaseError(f"{text!r} is no release; one is named like 7.3.0.\n{_tried()}")
    return release


def _tried() -> str:
    return f"These were tried here and work: {', '.join(releases.TRIED)}."


def folder_of(release: str) -> Path:
    return programs.environments_folder() / programs.original_environment(release)


def lock_file(release: str) -> Path:
    """The pinned packages of a release: as shipped, or as resolved when it was added."""
    name = f"requirements-{programs.original_environment(release)}.txt"
    shipped = programs.data_file(name)
    return shipped if shipped.is_file() else programs.environments_folder() / name


def make(release: str, say: Callable[[str], None]) -> Path:
    """Makes the environment of a release; returns its Python.

    A half-made environment is not left behind. Raises ReleaseError.
    """
    folder, lock = folder_of(release), lock_file(release)
    shipped = lock.is_file() and release in releases.TRIED
    say(f"Making {folder} from PyPI: about 500 MB, a few minutes")
    try:
        if not shipped:
            say(f"{release} was not tried here: pip finds the packages, then a network is run")
            lock.parent.mkdir(parents=True, exist_ok=True)
            lock.write_text(resolve(release), encoding="utf-8")
        _install_all(folder, lock)
        check(folder / "bin" / "python", release)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if not shipped:
            lock.unlink(missing_ok=True)
        raise
    (folder / STAMP).write_text(lock.read_text(encoding="utf-8"), encoding="utf-8")
    return folder / "bin" / "python"


def _install_all(folder: Path, lock: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    root = programs.source_tree()
    if root is not None:
        make_in_tree(root, folder, lock, (".", "python/original"))
        return
    venv.create(folder, with_pip=True)
    install(folder / "bin" / "python", lock)
    copy_own_packages(folder / "bin" / "python")


def make_in_tree(root: Path, folder: Path, lock: Path, packages: Iterable[str]) -> None:
    """As `make deps` makes environments: our packages in it run from their sources.

    Raises ReleaseError.
    """
    words = ["tools/make_environment.sh", _below(folder, root), _below(lock, root), *packages]
    if subprocess.run(words, cwd=root, check=False).returncode != 0:
        raise _not_installed()


def _below(path: Path, root: Path) -> str:
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def install(python: Path, lock: Path) -> None:
    """Raises ReleaseError."""
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--no-deps"]
    done = subprocess.run(
        [*pip, "--quiet", "--require-hashes", "--requirement", str(lock)], check=False
    )
    if done.returncode != 0:
        raise _not_installed()


def _not_installed() -> ReleaseError:
    return ReleaseError(
        "The packages of the published sPyNNaker could not be installed; the reason is above.\n"
        f"They come from PyPI: see that it can be reached, then run the command again. {_tried()}"
    )


def copy_own_packages(python: Path) -> None:
    """Puts `spinnlab` and `spinnlab_original` beside the published packages, or renews them."""
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    target = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    described = target / f"spinnlab-{__version__}.dist-info" / "METADATA"
    if described.is_file():
        return
    ours = Path(programs.__file__).parent
    for old in target.glob("spinnlab-*.dist-info"):
        shutil.rmtree(old)
    sources = [(ours, "spinnlab"), (programs.data_file("spinnlab_original"), "spinnlab_original")]
    libraries = ours.parent / "spinnlab.libs"  # of the programs in a wheel
    if libraries.is_dir():
        sources.append((libraries, libraries.name))
    for source, name in sources:
        shutil.rmtree(target / name, ignore_errors=True)
        shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
    # What pip would have left, so that the packages know their version.
    described.parent.mkdir()
    described.write_text(f"Metadata-Version: 2.1\nName: spinnlab\nVersion: {__version__}\n")


# ---- a release that nobody tried


def resolve(release: str) -> str:
    """The text of a list of pinned packages for a release, with hashes. Raises ReleaseError."""
    ours = {
        name: version
        for name, version in pins(lock_file(releases.USUAL).read_text(encoding="utf-8"))
        if not OF_SPYNNAKER.match(name)
    }
    wanted = [*(f"{name}==1!{release}" for name in PUBLISHED), *BESIDE]
    said = ""
    for kept in (ours, {name: ours[name] for name in HELD}):
        report, said = _ask_pip(wanted, [f"{name}=={version}" for name, version in kept.items()])
        if report is not None:
            return lock_text(release, report)
    raise ReleaseError(
        f"sPyNNaker {release} cannot be installed for Python {sys.version_info[0]}."
        f"{sys.version_info[1]}. pip says\n{_indented(said)}\n{_tried()}"
    )


def pins(text: str) -> list[tuple[str, str]]:
    """Name and version of each package in a list."""
    return re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", text, re.MULTILINE)


def _ask_pip(wanted: list[str], constraints: list[str]) -> tuple[dict[str, Any] | None, str]:
    """What pip would install, as it reports it; else None and its words."""
    with tempfile.TemporaryDirectory() as folder:
        limits, report = Path(folder) / "constraints.txt", Path(folder) / "report.json"
        limits.write_text("\n".join(constraints) + "\n", encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        alone = ["--dry-run", "--ignore-installed", "--report", str(report)]
        done = subprocess.run(
            [*pip, *alone, "--constraint", str(limits), *wanted],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0 or not report.is_file():
            return None, done.stderr
        return json.loads(report.read_text(encoding="utf-8")), ""


def lock_text(release: str, report: dict[str, Any]) -> str:
    """A list as we ship them, from pip's report (its format 1)."""
    lines = [
        f"# Everything in the environment of sPyNNaker {release}, as pip resolved it when the",
        "# release was added.",
    ]
    for one in sorted(report["install"], key=lambda one: one["metadata"]["name"].lower()):
        about, archive = one["metadata"], one["download_info"].get("archive_info", {})
        # Older versions of pip tell the one hash in another field.
        alone = archive.get("hash", "").removeprefix("sha256=")
        digest = archive.get("hashes", {}).get("sha256", alone)
        lines += [f"{about['name']}=={about['version']} \\", f"    --hash=sha256:{digest}"]
    return "\n".join(lines) + "\n"


def check(python: Path, release: str) -> None:
    """Runs a network of that release on an emulated board. Raises ReleaseError."""
    words = [str(python), "-m", "spinnlab_original.run", "-m", "spinnlab_original.probe"]
    try:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                words, cwd=folder, capture_output=True, text=True, check=False, timeout=CHECK_S
            )
    except subprocess.TimeoutExpired:
        said = f"it had not ended after {CHECK_S} s"
    else:
        if done.returncode == 0:
            return
        said = (done.stderr or done.stdout)[-2000:]
    raise ReleaseError(
        f"sPyNNaker {release} was installed, but a network of two neurons did not run with it:\n"
        f"{_indented(said)}\nThe environment was removed again. {_tried()}"
    )


# ---- away with one


def remove(release: str) -> None:
    """Raises ReleaseError where there is none, where it belongs to the house, or runs."""
    folder = folder_of(release)
    if not (folder / "bin" / "python").exists():
        there = ", ".join(releases.installed()) or "none"
        raise ReleaseError(f"sPyNNaker {release} is not there. There are: {there}.")
    if release == releases.USUAL and programs.source_tree() is not None:
        raise ReleaseError(
            f"sPyNNaker {release} belongs to the source tree, 'make lab' would make it again."
        )
    if running := users_of(folder):
        raise ReleaseError(
            f"sPyNNaker {release} is in use by the processes {', '.join(running)}.\n"
            "Close its notebooks (or end the processes), then run the command again."
        )
    shutil.rmtree(folder)
    resolved = programs.environments_folder() / lock_file(release).name
    resolved.unlink(missing_ok=True)


def users_of(folder: Path) -> list[str]:
    """Processes that run a Python of this environment, as far as this user can see."""
    python = f"{folder / 'bin' / 'python'}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            first = (process / "cmdline").read_bytes().split(b"\0")[0]
        except OSError:
            continue  # ended meanwhile
        if first == python or first.startswith(python + b"3"):
            found.append(process.name)
    return sorted(found, key=int)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-12:])
