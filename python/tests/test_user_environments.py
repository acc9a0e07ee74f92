# SPDX-License-Identifier: Apache-2.0
"""Where pip of a user's kernel lands, on a laptop and where the environment belongs to a lab."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest
from spinnlab.errors import SpinnlabError

from spinnlab import kernels, layers, user_environments

from .conftest import ROOT, wheel


def run(*words: str | Path, **variables: str) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | variables,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with pip, a package `base`, one that is installed from its sources, and the
    sources of spinnlab.
    """
    folder = tmp_path_factory.mktemp("shared") / "the environment"
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    files = tmp_path_factory.mktemp("wheels")
    run(*pip, "--quiet", "--no-index", wheel(files, "base"), wheel(files, "other"))
    sources = files / "sources"
    sources.mkdir()
    (sources / "from_sources.py").write_text("here = __file__\n")
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "sources.pth").write_text(f"{sources}\n")
    (packages / "hook.pth").write_text("import hook\n")
    (packages / "hook.py").write_text("import sys\nsys.hooked = True\n")
    return folder


def test_a_layer_sees_what_is_below_and_its_own_wins(shared: Path, tmp_path: Path) -> None:
    layer = tmp_path / "a layer"
    layers.make(layer, shared / "bin" / "python")
    python = layer / "bin" / "python"
    assert run(python, "-c", "import base; print(base.version)") == "1.0"
    assert run(layer / "bin" / "base") == "command 1.0"
    assert run(python, "-c", "import sys, from_sources; print(sys.hooked)") == "True"
    run(layer / "bin" / "pip", "install", "--no-index", wheel(tmp_path, "base", "2.0"))
    assert run(python, "-c", "import base; print(base.version)") == "2.0"
    assert run(layer / "bin" / "base") == "command 2.0"
    assert run(shared / "bin" / "python", "-c", "import base; print(base.version)") == "1.0"
    # Making it again keeps what was installed.
    layers.make(layer, shared / "bin" / "python")
    assert run(python, "-c", "import base; print(base.version)") == "2.0"
    run(layer / "bin" / "pip", "uninstall", "--yes", "base")
    assert run(python, "-c", "import base; print(base.version)") == "1.0"


def test_removing_what_is_below_fails_and_changes_nothing(shared: Path, tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    layers.make(layer, shared / "bin" / "python")
    run(layer / "bin" / "pip", "install", "--no-index", wheel(tmp_path, "mine"))
    done = subprocess.run(
        [str(layer / "bin" / "pip"), "uninstall", "--yes", "mine", "other"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "shared with others" in done.stderr
    assert "other" in done.stderr
    for name in ("mine", "other"):
        assert run(layer / "bin" / "python", "-c", f"import {name}; print({name}.version)") == "1.0"


def test_a_folder_is_no_environment_to_lay_over(tmp_path: Path) -> None:
    with pytest.raises(layers.LayerError, match="no pip"):
        venv.create(tmp_path / "bare", with_pip=False)
        layers.make(tmp_path / "layer", tmp_path / "bare" / "bin" / "python")


PREPARE = """
import sys
from pathlib import Path
from spinnlab import user_environments
print(user_environments.prepare_layer("spynnaker", Path(sys.argv[1])))
"""
RESET = """
import sys
from pathlib import Path
from spinnlab import user_environments
print(user_environments.reset("spynnaker", Path(sys.argv[1])))
"""
#: Root, too, cannot write to a file system that is mounted read-only.
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


@pytest.fixture
def read_only(shared: Path) -> Callable[..., str]:
    """read_only(words): run where nobody may write to the shared environment."""
    words = ["unshare", "--mount", "--map-root-user", "sh", "-c", READ_ONLY, str(shared)]
    tried = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"this system gives no mount namespace: {tried.stderr.strip()}")
    here = {
        "PYTHONPATH": str(ROOT / "python"),
        "SPINNLAB_NATIVE_PYTHON": str(shared / "bin" / "python"),
    }
    return lambda *more: run(*words, *more, **here)


def test_where_the_environment_belongs_to_a_lab(
    shared: Path, read_only: Callable[..., str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    layer = Path(read_only(sys.executable, "-c", PREPARE, str(home)))
    assert layer.is_relative_to(home)
    file = kernels.user_jupyter_folder(home) / "kernels" / "spynnaker" / "kernel.json"
    told = json.loads(file.read_text())
    assert told["argv"][0] == str(layer / "bin" / "python")
    assert told["display_name"] == "sPyNNaker"
    assert told["env"]["PATH"].startswith(f"{layer}/bin:")
    # As `!pip` and `%pip` in that kernel.
    read_only(layer / "bin" / "pip", "install", "--no-index", wheel(tmp_path, "probe"))
    place = Path(read_only(layer / "bin" / "python", "-c", "import probe; print(probe.__file__)"))
    assert place.is_relative_to(layer)
    # Reset, as a user; what is shared stays.
    said = read_only(sys.executable, "-c", RESET, str(home))
    assert str(layer) in said
    assert not place.exists()
    assert read_only(layer / "bin" / "python", "-c", "import base; print(base.version)") == "1.0"


KERNEL = """
import os, sys
from pathlib import Path
from spinnlab import kernels, user_environments
home, wheel = Path(sys.argv[1]), sys.argv[2]
layer = user_environments.prepare_layer("spynnaker", home)
os.environ["JUPYTER_PATH"] = kernels.jupyter_path(home)
os.environ["HOME"] = str(home)
del os.environ["PYTHONPATH"]
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(startup_timeout=120, kernel_name="spynnaker")
try:
    for cell in (
        f"!pip install --quiet --no-index '{wheel}'",
        "import probe, sys, pyNN.spiNNaker as sim",
        "sim.setup(1.0); sim.Population(2, sim.IF_curr_exp()); done = sim.run(5)",
        "print('probe', probe.__file__)\\nprint('prefix', sys.prefix)",
        "%pip uninstall --yes numpy",
    ):
        reply = client.execute_interactive(cell, timeout=120)
        assert reply["content"]["status"] == "ok", reply["content"]
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
print("layer", layer)
"""


@pytest.mark.timeout(600)
def test_the_kernel_of_a_lab_runs_and_installs_for_its_user(tmp_path: Path) -> None:
    native = ROOT / ".envs" / "spynnaker"
    if not native.exists() or importlib.util.find_spec("jupyter_client") is None:
        pytest.skip("no environments (make deps)")
    words = ["unshare", "--mount", "--map-root-user", "sh", "-c", READ_ONLY, str(native.resolve())]
    tried = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"this system gives no mount namespace: {tried.stderr.strip()}")
    home = tmp_path / "home"
    home.mkdir()
    said = run(
        *words, sys.executable, "-c", KERNEL, str(home), wheel(tmp_path, "probe"),
        PYTHONPATH=str(ROOT / "python"),
        SPINNLAB_NATIVE_PYTHON=str(native.resolve() / "bin" / "python"),
    )  # fmt: skip
    told = dict(line.split(" ", 1) for line in said.splitlines() if line.count(" ") == 1)
    assert told["prefix"] == told["layer"]
    assert Path(told["probe"]).is_relative_to(told["layer"])
    assert "shared with others" in said


EARLY_KERNEL = """
import os, sys, threading
from pathlib import Path
from spinnlab import kernels, programs, user_environments
home, wheel, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
shared = user_environments.shared()[name]
kernels.register(home / "house", name, shared.specification(shared.find()))
# The house's kernel is the one that the server knows; the user's own has not been registered.
os.environ["JUPYTER_PATH"] = str(home / "house" / "share" / "jupyter")
os.environ["HOME"] = str(home)
del os.environ["PYTHONPATH"]
from jupyter_client.manager import start_new_kernel
# As at a first login, the layer is being made in the background at the same moment.
background = threading.Thread(target=user_environments.prepare_layer, args=(name, home))
background.start()
manager, client = start_new_kernel(startup_timeout=120, kernel_name=name)
try:
    for cell in (
        f"!pip install --quiet --no-index '{wheel}'",
        "import early, sys\\nprint('early', early.__file__)\\nprint('prefix', sys.prefix)",
        "!echo which $(command -v pip)",
    ):
        reply = client.execute_interactive(cell, timeout=120)
        assert reply["content"]["status"] == "ok", reply["content"]
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
background.join()
print("layer", user_environments.layer_folder(name, home))
"""


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("name", "environment"),
    [("spynnaker", "spynnaker"), ("spynnaker_7.4.1", "original-7.4.1")],
)
def test_a_kernel_that_starts_before_the_layer_is_there_has_pip(
    tmp_path: Path, name: str, environment: str
) -> None:
    house = ROOT / ".envs" / environment
    if not house.exists() or importlib.util.find_spec("jupyter_client") is None:
        pytest.skip("no environments (make deps)")
    words = ["unshare", "--mount", "--map-root-user", "sh", "-c", READ_ONLY, str(house.resolve())]
    tried = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"this system gives no mount namespace: {tried.stderr.strip()}")
    home = tmp_path / "home"
    home.mkdir()
    said = run(
        *words, sys.executable, "-c", EARLY_KERNEL, str(home), wheel(tmp_path, "early"), name,
        PYTHONPATH=str(ROOT / "python"),
    )  # fmt: skip
    told = dict(line.split(" ", 1) for line in said.splitlines() if line.count(" ") == 1)
    assert told["prefix"] == told["layer"], said
    assert Path(told["early"]).is_relative_to(told["layer"])
    assert told["which"] == f"{told['layer']}/bin/pip"


def test_a_layer_that_somebody_else_makes_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    file = tmp_path / ".lock"
    with (
        user_environments.locked(file, 0.0),
        pytest.raises(SpinnlabError, match="Restart the kernel in a minute"),
        user_environments.locked(file, 0.2),
    ):
        pytest.fail("two at a time")
    with user_environments.locked(file, 0.0):
        pass


def test_an_environment_of_ones_own_is_used_as_it_is(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPINNLAB_NATIVE_PYTHON", str(shared / "bin" / "python"))
    assert user_environments.prepare_layer("spynnaker", tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(user_environments.ResetError, match="of your own"):
        user_environments.reset("spynnaker", tmp_path)


def test_reset_in_the_source_tree_removes_what_was_added(shared: Path, tmp_path: Path) -> None:
    python = shared / "bin" / "python"
    run(python, "-m", "pip", "install", "--no-index", wheel(tmp_path, "Added_Later"))
    lock = tmp_path / "lock.txt"
    lock.write_text("# pinned\nbase==1.0\nother==1.0\n")
    removed = user_environments.remove_strangers(python, lock)
    assert [name.lower().replace("-", "_") for name in removed] == ["added_later"]
    assert run(python, "-c", "import base, other; print('there')") == "there"
    assert user_environments.remove_strangers(python, lock) == []
