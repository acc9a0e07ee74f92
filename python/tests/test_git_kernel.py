# SPDX-License-Identifier: Apache-2.0
"""The kernel sPyNNakerGit: made at once and offline, used from a terminal and from notebooks."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from spinnlab.commands import demo
from spinnlab.git_kernel import sources

from spinnlab import engine_sources, kernels, programs

from .conftest import ROOT, SETTINGS, GitHome, git, make_home, repository, wheel

#: Seconds in which the kernel has to be ready; tests allow five times that.
READY_S = 10


def test_it_is_ready_soon_and_says_what_it_does(git_home: GitHome) -> None:
    print(f"\nsPyNNakerGit ready after {git_home.seconds:.1f} s (to be: {READY_S} s)")
    assert git_home.seconds < 5 * READY_S
    assert "Cloning SpiNNLab" in git_home.said
    there = {path.name for path in git_home.folder.iterdir()}
    assert {"bin", "support", "SpiNNLab"} <= there
    assert {"activate", "pip", "python", "spinnlab"} <= {
        path.name for path in (git_home.folder / "bin").iterdir()
    }
    assert git(git_home.folder / "SpiNNLab", "branch", "--show-current") == "main"


def test_nothing_else_is_put_into_the_home(git_home: GitHome) -> None:
    others = {path.name for path in git_home.home.iterdir()} - {"sPyNNakerGit", ".cache"}
    assert others <= {".local", ".config", ".ipython", ".jupyter"}, others
    assert not (git_home.home / ".local" / "share" / "jupyter").exists()


def test_a_later_call_changes_nothing(new_home: Callable[..., GitHome], upstream: Path) -> None:
    made = new_home()
    clone = made.folder / "SpiNNLab"
    before = git(clone, "rev-parse", "HEAD")
    (clone / "VERSION").write_text("9.9.9\n")
    again = make_home(made.home, SPINNLAB_MIRRORS=made.variables["SPINNLAB_MIRRORS"])
    assert git(clone, "rev-parse", "HEAD") == before
    assert (clone / "VERSION").read_text() == "9.9.9\n"
    assert "Cloning" not in again.said


def test_an_interrupted_creation_is_continued(new_home: Callable[..., GitHome]) -> None:
    made = new_home()
    description = made.folder / ".spinnlab-git.json"
    told = json.loads(description.read_text()) | {"complete": False}
    description.write_text(json.dumps(told))
    (made.folder / "bin" / "python").unlink()
    (made.folder / "bin" / "activate").unlink()
    status = made.run(ROOT / ".venv/bin/python", "-m", "spinnlab", "git-status")
    assert status.returncode == 1
    assert "spinnlab git-kernel create" in status.stderr
    make_home(made.home, SPINNLAB_MIRRORS=made.variables["SPINNLAB_MIRRORS"])
    assert made.run("bin/python", "-c", "import spinnlab").returncode == 0
    assert (made.folder / "bin" / "activate").exists()


def test_what_is_not_ours_is_not_touched(
    tmp_path: Path, mirror_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "sPyNNakerGit" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("years of work")
    with pytest.raises(AssertionError, match="no sPyNNakerGit of this program"):
        make_home(tmp_path, SPINNLAB_MIRRORS=str(mirror_folder))
    assert [path.name for path in mine.parent.iterdir()] == ["thesis.txt"]


def test_without_a_repository_the_way_out_is_told(tmp_path: Path) -> None:
    with pytest.raises(AssertionError) as failed:
        make_home(tmp_path / "home", SPINNLAB_MIRRORS=str(tmp_path / "nowhere"))
    for part in ("no mirror", "make deps", "/etc/spinnlab/git-kernel.toml", "url = "):
        assert part in str(failed.value)
    assert not (tmp_path / "home" / "sPyNNakerGit").exists()


def test_a_mirror_may_belong_to_another_user(
    tmp_path: Path, upstream: Path, new_home: Callable[..., GitHome]
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    mirrors_of_root = tmp_path / "mirrors"
    subprocess.run(
        ["git", "clone", "--quiet", "--mirror", str(upstream), mirrors_of_root / "SpiNNLab.git"],
        check=True,
    )
    subprocess.run(["chown", "-R", "12345", str(mirrors_of_root)], check=True)
    made = make_home(tmp_path / "home", SPINNLAB_MIRRORS=str(mirrors_of_root))
    updated = made.run("support/gitupdate.sh")
    assert updated.returncode == 0, updated.stdout + updated.stderr


# ---- the terminal

SHELL = """
set -eu
set -o posix
show() { set | grep -vE '^(_|BASH_.*|PIPESTATUS|LINENO|FUNCNAME|PPID|SHLVL)='; }
export SPINN_DIRS=old
PS1='$ '
show > "$OUT/before"
source bin/activate
which python pip spinnlab
echo "prompt $PS1"
echo "variable $SPINN_DIRS"
python -c 'import sys, pyNN.spiNNaker as sim; print("module", sys.modules["spinnlab"].__file__)'
deactivate
show > "$OUT/after"
"""


def test_activate_and_deactivate(new_home: Callable[..., GitHome], tmp_path: Path) -> None:
    configuration = tmp_path / "git-kernel.toml"
    configuration.write_text('[variables]\nSPINN_DIRS = "{folder}/tools"\nNEW = "it\'s new"\n')
    home = new_home(SPINNLAB_GIT_KERNEL_CONFIG=str(configuration))
    done = home.run("bash", "-c", SHELL, OUT=str(tmp_path), PYTHONHOME="")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:3] == [f"{home.folder}/bin/{name}" for name in ("python", "pip", "spinnlab")]
    assert lines[3] == "prompt (sPyNNakerGit) $ "
    assert lines[4] == f"variable {home.folder}/tools"
    assert lines[5] == f"module {home.folder}/SpiNNLab/python/spinnlab/__init__.py"
    assert (tmp_path / "before").read_text() == (tmp_path / "after").read_text()
    assert "SPINN_DIRS=old" in (tmp_path / "after").read_text()


@pytest.mark.parametrize(
    "words", [["bin/activate"], ["bash", "bin/activate"], ["sh", "bin/activate"]]
)
def test_activate_has_to_be_sourced(git_home: GitHome, words: list[str]) -> None:
    done = git_home.run(*words)
    assert done.returncode == 33
    assert f"source '{git_home.folder}/bin/activate'" in done.stderr


def test_commands_in_the_environment_are_those_of_the_release(git_home: GitHome) -> None:
    broken = git_home.folder / "SpiNNLab" / "python" / "spinnlab" / "git_kernel" / "status.py"
    text = broken.read_text()
    broken.write_text("raise RuntimeError('the clone is being worked on')\n")
    try:
        done = git_home.run("support/gitupdate.sh")
    finally:
        broken.write_text(text)
    assert done.returncode == 0, done.stdout + done.stderr
    done = git_home.run("bin/spinnlab", "git-status", "--no-fetch")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split()[:2] == ["SpiNNLab", "main"]


def test_scripts_run_from_the_clone_with_and_without_activation(
    git_home: GitHome, tmp_path: Path
) -> None:
    script = tmp_path / "which.py"
    script.write_text("import pyNN.spiNNaker, spinnlab\nprint(spinnlab.__file__)\n")
    clone = f"{git_home.folder}/SpiNNLab/python/spinnlab/__init__.py"
    assert git_home.run("bin/python", script).stdout.strip() == clone
    ran = git_home.run("bin/spinnlab", "run", script)
    assert ran.stdout.strip() == clone, ran.stderr


# ---- notebooks


@contextmanager
def kernels_of(home: GitHome, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As a notebook server of that user would find and start kernels."""
    with monkeypatch.context() as patch:
        for name, value in home.variables.items():
            patch.setenv(name, value)
        # Sources that a developer put there must not run instead of the clone's.
        patch.setenv("PYTHONPATH", str(ROOT / "python"))
        patch.setenv("JUPYTER_PATH", kernels.jupyter_path())
        yield


class Notebook:
    """Cells, one by one, in a kernel."""

    def __init__(self, name: str) -> None:
        from jupyter_client.manager import KernelManager

        self.manager = KernelManager(kernel_name=name)
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=90)

    def run(self, code: str) -> str:
        """What the cell prints, on both streams; a failure is an error here."""
        said: list[str] = []

        def keep(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, timeout=120, output_hook=keep)
        assert reply["content"]["status"] == "ok", (reply["content"], said)
        return "".join(said)

    def restart(self) -> None:
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=90)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def notebook(
    git_home: GitHome, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Notebook]]:
    """notebook(kernel): closed at the end of the test."""
    opened: list[Notebook] = []

    def open_one(name: str) -> Notebook:
        opened.append(Notebook(name))
        return opened[-1]

    with kernels_of(git_home, monkeypatch):
        yield open_one
    for each in opened:
        each.close()


@pytest.mark.timeout(900)  # matplotlib looks for the fonts of a new home, twice
def test_from_sPyNNaker_to_sPyNNakerGit(
    git_home: GitHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same notebook in both: 4,400 spikes at the same times."""
    example = ROOT / "examples" / demo.NOTEBOOK
    with kernels_of(git_home, monkeypatch):
        kernels.register_for_user(
            kernels.SPYNNAKER, kernels.native_specification(programs.native_python())
        )
        outcomes = [
            demo.execute(example, kernel, tmp_path, tmp_path / f"{kernel}.ipynb")
            for kernel in (kernels.SPYNNAKER, kernels.SPYNNAKER_GIT)
        ]
        (kernels.user_jupyter_folder() / "kernels" / kernels.SPYNNAKER / "kernel.json").unlink()
    assert outcomes[1].spike_count == 4400
    assert demo.differences(outcomes[1]) == []
    assert outcomes[0].spikes_ms == outcomes[1].spikes_ms


def test_the_commit_that_runs_is_shown(
    git_home: GitHome, notebook: Callable[[str], Notebook]
) -> None:
    clone = git_home.folder / "SpiNNLab"
    commit = git(clone, "rev-parse", "--short=10", "HEAD")
    cells = notebook(kernels.SPYNNAKER_GIT)
    assert cells.run("import pyNN.spiNNaker as sim\nprint(sim.__version__)") == f"0.1.0+g{commit}\n"
    cells.run(
        "sim.setup(1.0)\np = sim.Population(1, sim.IF_curr_exp())\nsim.run(1)\n"
        "shown = sim.summary()"
    )
    assert f"0.1.0+g{commit}" in cells.run("print(shown)")
    (clone / "VERSION").write_text("9.9.9\n")
    try:
        assert ".modified" in cells.run(
            "from spinnlab import provenance\nprint(provenance.version())"
        )
    finally:
        git(clone, "checkout", "--quiet", "VERSION")


def test_an_engine_of_other_sources_is_said_once(
    git_home: GitHome, notebook: Callable[[str], Notebook]
) -> None:
    tree = git_home.folder / "SpiNNLab"
    module = engine_sources.module_file(tree)
    if engine_sources.built_from(module) != engine_sources.fingerprint(tree):
        pytest.skip("the engine of this checkout is not built from its present sources")
    cells = notebook(kernels.SPYNNAKER_GIT)
    assert "Stale" not in cells.run("import pyNN.spiNNaker as sim")
    added = tree / "src" / "spinnlab" / "engine" / "added.hpp"
    added.write_text("// added\n")
    try:
        cells.restart()
        assert "automatic_make.sh" in cells.run("import pyNN.spiNNaker as sim")
        assert "Stale" not in cells.run("import pyNN.spiNNaker, spynnaker.pyNN")
        status = git_home.run("bin/spinnlab", "git-status", "--no-fetch").stdout
        assert "stale" in status
        assert "1 file not committed" in status
    finally:
        added.unlink()
    status = git_home.run("bin/spinnlab", "git-status", "--no-fetch").stdout
    assert "built from these sources" in status


def test_an_engine_that_was_never_built_is_said(
    git_home: GitHome, notebook: Callable[[str], Notebook]
) -> None:
    module = engine_sources.module_file(git_home.folder / "SpiNNLab")
    module.rename(module.with_suffix(".away"))
    try:
        cells = notebook(kernels.SPYNNAKER_GIT)
        said = cells.run(
            "try:\n    import pyNN.spiNNaker\nexcept ImportError as error:\n    print(error)"
        )
        assert "not built" in said
        assert "automatic_make.sh" in said
    finally:
        module.with_suffix(".away").rename(module)


@pytest.mark.timeout(600)
def test_the_first_start_of_the_lab_makes_it(tmp_path: Path, mirror_folder: Path) -> None:
    """And a session changes from sPyNNaker to it, as Kernel > Change Kernel does."""
    if importlib.util.find_spec("jupyterlab") is None:
        pytest.skip("no JupyterLab (make deps)")
    home, log = tmp_path / "home", tmp_path / "lab.log"
    home.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {k: v for k, v in os.environ.items() if k not in SETTINGS}
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "spinnlab", "lab", "--no-browser", f"--port={port}", str(home)],
            env=kept | {"HOME": str(home), "SPINNLAB_MIRRORS": str(mirror_folder)},
            stdout=output, stderr=output,
        )  # fmt: skip
    try:
        # The address of the name localhost is printed, too; its socket may be another server's.
        address = re.compile(r"(http://127\.0\.0\.1:\d+)/lab\S*?token=(\w+)")
        page = wait_for(lambda: address.search(log.read_text()), log)
        host, token = page.groups()

        def ask(what: str, method: str = "GET", **told: Any) -> Any:
            request = urllib.request.Request(
                f"{host}/api/{what}",
                method=method,
                data=json.dumps(told).encode() if told else None,
                headers={"Authorization": f"token {token}"},
            )
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)

        def specifications_with_it() -> Any:
            try:
                found = ask("kernelspecs")["kernelspecs"]
            except urllib.error.URLError:  # the address is printed a moment before it answers
                return None
            return found if kernels.SPYNNAKER_GIT in found else None

        specifications = wait_for(
            specifications_with_it,
            home / ".local" / "share" / "spinnlab" / "environments.log",
        )
        assert specifications[kernels.SPYNNAKER_GIT]["spec"]["display_name"] == "sPyNNakerGit"
        about = {"path": "own.ipynb", "type": "notebook", "name": "own.ipynb"}
        session = ask("sessions", "POST", **about, kernel={"name": kernels.SPYNNAKER})
        changed = ask(
            f"sessions/{session['id']}", "PATCH", kernel={"name": kernels.SPYNNAKER_GIT, "id": None}
        )
        assert changed["kernel"]["name"] == kernels.SPYNNAKER_GIT
        running = ask("kernels")
        assert [kernel["id"] for kernel in running] == [changed["kernel"]["id"]]
    finally:
        server.terminate()
        server.wait(60)


def wait_for(condition: Callable[[], Any], log: Path) -> Any:
    """What the condition gives once it holds."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.2)
    raise AssertionError(log.read_text()[-4000:] if log.exists() else f"no {log}")


# ---- pip


@pytest.mark.parametrize("command", ["%pip", "pip", "!pip"])
def test_pip_in_a_notebook_lands_in_its_environment(
    git_home: GitHome, notebook: Callable[[str], Notebook], tmp_path: Path, command: str
) -> None:
    name = f"probe_{len(command)}_{command.strip('%!')}"
    file = wheel(tmp_path, name)
    cells = notebook(kernels.SPYNNAKER_GIT)
    cells.run(f"{command} install --no-index --disable-pip-version-check '{file}'")
    place = cells.run(f"import {name}\nprint({name}.__file__)").strip()
    assert Path(place).is_relative_to(git_home.folder / "lib")
    cells.run(f"{command} uninstall --yes {name}")
    assert not Path(place).exists()


def test_pip_in_the_terminal_wins_over_what_is_shared(git_home: GitHome, tmp_path: Path) -> None:
    file = wheel(tmp_path, "lazyarray", "99.0")
    script = f"""
        source bin/activate
        pip install --quiet --no-index '{file}'
        python -c 'import lazyarray; print(lazyarray.version)'
        pip uninstall --quiet --yes lazyarray
        python -c 'import lazyarray; print(lazyarray.__file__)'
    """
    done = git_home.run("bash", "-c", script)
    assert done.returncode == 0, done.stderr
    own, shared = done.stdout.splitlines()
    assert own == "99.0"
    assert not shared.startswith(str(git_home.folder))


@pytest.mark.parametrize(
    "words",
    [
        ["bin/pip", "uninstall", "--yes", "numpy"],
        ["bin/python", "-m", "pip", "uninstall", "-y", "NumPy>=1"],
        ["bin/pip", "uninstall", "-y", "-r", "list.txt"],
    ],
)
def test_what_is_shared_cannot_be_removed(git_home: GitHome, words: list[str]) -> None:
    listed = git_home.folder / "list.txt"
    listed.write_text("# a list\nnumpy==1.26.4\n")
    done = git_home.run(*words)
    listed.unlink()
    assert done.returncode == 1
    assert "shared with others" in done.stderr
    assert "pip install" in done.stderr
    assert git_home.run("bin/python", "-c", "import numpy").returncode == 0


def test_reset_restores_the_shipped_state(new_home: Callable[..., GitHome], tmp_path: Path) -> None:
    home = new_home()
    clone = home.folder / "SpiNNLab"
    (clone / "VERSION").write_text("9.9.9\n")
    git(clone, "commit", "--quiet", "--all", "--message", "My own")
    (clone / "README.md").write_text("my own\n")
    file = wheel(tmp_path, "probe")
    assert home.run("bin/pip", "install", "--no-index", file).returncode == 0
    done = home.run("bin/spinnlab", "env", "reset", "spynnakergit")
    assert done.returncode == 0, done.stderr
    assert home.run("bin/python", "-c", "import probe").returncode == 1
    assert home.run("bin/python", "-c", "import spinnlab, numpy").returncode == 0
    assert (clone / "VERSION").read_text() == "9.9.9\n"
    assert (clone / "README.md").read_text() == "my own\n"


# ---- the configuration


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[source]", "cannot be read"),
        ("source = 3", "[[source]]"),
        ('[[source]]\nurl = "x"', "is no name"),
        ('[[source]]\nname = "bin"\nurl = "x"', "is no name"),
        ('[[source]]\nname = "../x"\nurl = "x"', "is no name"),
        ('[[source]]\nname = "a"', "has no url"),
        ('[[source]]\nname = "a"\nurl = "--upload-pack=x"', "is no address"),
        ('[[source]]\nname = "a"\nurl = "x"\nmake = ["../b"]', "inside the clone"),
        ('[[source]]\nname = "a"\nurl = "x"\nmake = 3', "list of texts"),
        ('[[source]]\nname = "a"\nurl = "x"\nbrunch = "b"', "knows no brunch"),
        ('[[source]]\nname = "a"\nurl = "x"\n[[source]]\nname = "A"\nurl = "y"', "two sources"),
        ('[variables]\nPATH = "x"', "cannot hold PATH"),
    ],
)
def test_a_wrong_configuration_is_refused(
    tmp_path: Path, mirror_folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    file = tmp_path / "git-kernel.toml"
    file.write_text(text)
    monkeypatch.setenv("SPINNLAB_GIT_KERNEL_CONFIG", str(file))
    monkeypatch.setenv("SPINNLAB_MIRRORS", str(mirror_folder))
    with pytest.raises(sources.SourceConfigurationError) as refused:
        sources.read()
    assert told in str(refused.value)
    assert str(file) in str(refused.value)


def test_other_sources_of_the_users_file(tmp_path: Path, mirror_folder: Path) -> None:
    models = repository(tmp_path / "models", {"lib/fresh_models.py": "answer = 42\n"})
    git(models, "branch", "other")
    home = tmp_path / "home"
    file = home / ".config" / "spinnlab" / "git-kernel.toml"
    file.parent.mkdir(parents=True)
    file.write_text(
        f'[[source]]\nname = "models"\nurl = "{models}"\nbranch = "other"\npython = ["lib"]\n'
    )
    made = make_home(home, SPINNLAB_MIRRORS=str(mirror_folder))
    done = made.run("bin/python", "-c", "import fresh_models; print(fresh_models.answer)")
    assert done.stdout == "42\n", done.stderr
    assert git(made.folder / "models", "branch", "--show-current") == "other"
    assert (made.folder / "SpiNNLab").is_dir(), "ours is always there"
