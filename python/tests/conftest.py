# SPDX-License-Identifier: Apache-2.0
"""A home folder with the kernel sPyNNakerGit in it, made once for all tests that look at one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from spinnlab.git_kernel import mirrors, place

from spinnlab import engine_sources

ROOT = Path(__file__).resolve().parents[2]
NATIVE = ROOT / ".envs" / "spynnaker" / "bin" / "python"
SETTINGS = ("SPINNLAB_GIT_KERNEL_CONFIG", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "JUPYTER_PATH")


def git(folder: Path, *words: str) -> str:
    """Output of git as a person of whom nothing else is known."""
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "A Person"), ("EMAIL", "person@example.org"))}  # fmt: skip
    done = subprocess.run(
        ["git", *words], cwd=folder, env={**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def repository(folder: Path, files: dict[str, str]) -> Path:
    """A repository with one commit on its branch main."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, files)
    return folder


def commit(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", f"Change {', '.join(files)}")


def wheel(folder: Path, name: str, version: str = "1.0") -> Path:
    """A wheel with one module that knows its version, and a command of the module's name."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}-{version}-py3-none-any.whl"
    told = f"{name}-{version}.dist-info"
    texts = {
        f"{name}.py": f"version = {version!r}\ndef main():\n    print('command', version)\n",
        f"{told}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{told}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{told}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in texts.items():
            archive.writestr(path, text)
        archive.writestr(f"{told}/RECORD", "".join(f"{path},,\n" for path in texts))
    return file


@dataclass
class GitHome:
    """A user's home with sPyNNakerGit."""

    home: Path
    variables: dict[str, str]
    #: What the creation printed and how long it took.
    said: str
    seconds: float

    @property
    def folder(self) -> Path:
        return self.home / "sPyNNakerGit"

    def run(
        self, *words: str | Path, at: Path | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in words],
            cwd=at or self.folder,
            env=self.variables | more,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )


def make_home(home: Path, **settings: str) -> GitHome:
    """Runs `spinnlab git-kernel create` as a user with that home."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if k not in SETTINGS}
    variables = {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT / "python"),
                 "GIT_CONFIG_GLOBAL": os.devnull, **settings}  # fmt: skip
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "spinnlab", "git-kernel", "create"],
        env=variables, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return GitHome(home, variables, done.stdout + done.stderr, time.monotonic() - began)


@pytest.fixture(scope="session")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose only commit is the working tree as it stands."""
    if not (ROOT / ".git").exists():
        pytest.skip("no repository here")
    folder = tmp_path_factory.mktemp("upstream") / "SpiNNLab"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    files = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "The working tree")
    return folder


@pytest.fixture(scope="session")
def mirror_folder(upstream: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mirrors")
    mirrors.refresh(upstream, folder / "SpiNNLab.git")
    return folder


@pytest.fixture(scope="session")
def new_home(
    mirror_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., GitHome]:
    """new_home(**variables): another user's home with sPyNNakerGit."""
    if not NATIVE.exists() or not engine_sources.module_file(ROOT).exists():
        pytest.skip("no environments or no engine (make deps, make build)")

    def make(**settings: str) -> GitHome:
        home = tmp_path_factory.mktemp("home") / "a person"
        return make_home(home, SPINNLAB_MIRRORS=str(mirror_folder), **settings)

    return make


@pytest.fixture(scope="session")
def git_home(new_home: Callable[..., GitHome]) -> GitHome:
    """The home that tests share; they leave it as they found it."""
    made = new_home()
    assert place.read(made.folder).complete
    return made
