# SPDX-License-Identifier: Apache-2.0
"""Ordinary Python in our kernels, by jupyter_client: input(), await, widgets, and pip in its three
spellings, which lands in the kernel's own environment.

The kernels run in layers over the environments of the house, as on a hub: those stay as they are.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spinnlab import kernels, layers

from .conftest import ROOT, wheel

if importlib.util.find_spec("jupyter_client") is None:
    pytest.skip("JupyterLab's environment has jupyter_client", allow_module_level=True)

KERNELS = {
    "spynnaker": (ROOT / ".envs" / "spynnaker", kernels.native_specification),
    "spynnaker_7.4.1": (ROOT / ".envs" / "original-7.4.1", kernels.original_specification),
}
PATIENCE_S = 180
#: Small, without others that it needs, and in none of our environments.
FROM_THE_INDEX = "termcolor"

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not all(below.exists() for below, _ in KERNELS.values()), reason="no environments"
    ),
]


class Kernel:
    """A running kernel; `run` gives what a cell prints, its errors and its displays, too."""

    def __init__(self, manager: Any, client: Any, layer: Path) -> None:
        self.manager, self.client, self.layer = manager, client, layer

    def run(self, code: str, answer: str = "") -> str:
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                said.append(content["text"])
            elif message["msg_type"] == "error":
                said.append("\n".join(content["traceback"]))
            elif message["msg_type"] in ("display_data", "execute_result"):
                said.append(" ".join(content["data"]))

        def reply(_: Any) -> None:
            self.client.input(answer)

        self.client.execute_interactive(
            code, timeout=PATIENCE_S, output_hook=hear, stdin_hook=reply, allow_stdin=True
        )
        return "".join(said)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Kernel]]:
    """start(name): a kernel of that name in a layer of its own, one for all tests of this file."""
    from jupyter_client.manager import KernelManager

    folder = tmp_path_factory.mktemp("kernels")
    running: dict[str, Kernel] = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("JUPYTER_PATH", str(folder / "share" / "jupyter"))
        patched.delenv("PYTHONPATH", raising=False)

        def make(name: str) -> Kernel:
            if name not in running:
                below, specification = KERNELS[name]
                layer = folder / f"a layer of {name}"
                layers.make(layer, below / "bin" / "python")
                kernels.register(folder, name, specification(layer / "bin" / "python"))
                manager = KernelManager(kernel_name=name)
                manager.start_kernel(cwd=str(folder))
                client = manager.client()
                client.start_channels()
                client.wait_for_ready(timeout=PATIENCE_S)
                running[name] = Kernel(manager, client, layer)
            return running[name]

        yield make
        for kernel in running.values():
            kernel.client.stop_channels()
            kernel.manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("spelling", ["%pip install", "pip install", "!pip install"])
def test_pip_lands_in_the_kernels_own_environment(
    start: Callable[[str], Kernel], name: str, spelling: str, tmp_path: Path
) -> None:
    kernel = start(name)
    package = "probe_" + re.sub(r"\W", "", spelling.replace("%", "magic").replace("!", "shell"))
    file = wheel(tmp_path, package)
    said = kernel.run(f"{spelling} --quiet --no-index {file}")
    place = kernel.run(f"import {package}\nprint({package}.__file__)").strip()
    assert place.startswith(str(kernel.layer)), said + place
    below, _ = KERNELS[name]
    assert not list(below.glob(f"lib/python*/site-packages/{package}*"))


@pytest.mark.parametrize("name", KERNELS)
def test_pip_from_the_package_index(
    start: Callable[[str], Kernel], name: str, tmp_path: Path
) -> None:
    asked = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    found = subprocess.run(
        [*asked, str(tmp_path), FROM_THE_INDEX], capture_output=True, text=True, check=False
    )
    if found.returncode != 0:
        pytest.skip(f"the package index cannot be reached: {found.stderr.strip()[-200:]}")
    kernel = start(name)
    said = kernel.run(f"%pip install {FROM_THE_INDEX}")
    place = kernel.run(f"import {FROM_THE_INDEX} as found\nprint(found.__file__)").strip()
    assert place.startswith(str(kernel.layer)), said + place


@pytest.mark.parametrize("name", KERNELS)
def test_input_asks_and_gets_an_answer(start: Callable[[str], Kernel], name: str) -> None:
    said = start(name).run("word = input('Which? ')\nprint(f'it was {word}')", answer="synfire")
    assert "it was synfire" in said


@pytest.mark.parametrize("name", KERNELS)
def test_a_cell_awaits_and_what_runs_beside_it_goes_on(
    start: Callable[[str], Kernel], name: str
) -> None:
    kernel = start(name)
    kernel.run(
        "import asyncio\ncounted = []\n"
        "async def count():\n"
        "    while len(counted) < 1000:\n"
        "        counted.append(1)\n"
        "        await asyncio.sleep(0.01)\n"
        "task = asyncio.create_task(count())"
    )
    said = kernel.run("await asyncio.sleep(0.3)\nprint('counted', len(counted))")
    assert int(said.split()[1]) >= 3
    # Between cells, too.
    time.sleep(0.3)
    later = kernel.run("print('counted', len(counted)); done = task.cancel()")
    assert int(later.split()[1]) > int(said.split()[1])
    assert "[1, 4]" in kernel.run("print([await asyncio.sleep(0, n * n) for n in (1, 2)])")


def test_widgets_are_there_natively_and_plots_are_inline(start: Callable[[str], Kernel]) -> None:
    kernel = start("spynnaker")
    modules = "sorted(m for m in sys.modules if m in ('ipywidgets', 'ipympl'))"
    assert kernel.run(f"import pyNN.spiNNaker, sys; print({modules})").strip() == "[]"
    plot = "import matplotlib.pyplot as plt\nlines = plt.plot([0, 1])"
    assert "image/png" in kernel.run(plot)
    assert "jupyter.widget-view" in kernel.run("import ipywidgets\nipywidgets.IntSlider()")
    said = kernel.run("%matplotlib widget\nfigure = plt.figure()\nprint(type(figure.canvas))")
    assert "ipympl" in said
    back = "%matplotlib inline\nfigure = plt.figure()\nlines = plt.plot([0, 1])"
    assert "image/png" in kernel.run(back)
