# SPDX-License-Identifier: Apache-2.0
"""sPyNNakerGit beside the other kernels: where it is offered, and changing to it in JupyterLab."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from notebook_site import (
    Site,
    kernel_name,
    menu,
    output,
    picture,
    run_all,
    sync_api,
    until,
    wait_for_kernel,
)
from spinnlab.allocation import acquire
from spinnlab.allocation.protocol import Connection

#: A native run, which the allocator knows of, that takes minutes.
LONG = """import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(900, sim.IF_curr_exp(i_offset=1.1), label="cells")
print("it runs")
sim.run(400_000_000)
"""
#: Takes a board on the original way and keeps it.
SHORT = LONG.replace("400_000_000", "100") + "print('it ran')"
#: Names the interpreter.
WHERE = "import sys, pyNN.spiNNaker as sim\nprint('runs', sim.__version__, 'in', sys.prefix)"
READY_S = 120


@pytest.fixture
def allocator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A connection to an allocator of the test's own, which the server's kernels use, too."""
    folder = Path(tempfile.mkdtemp(prefix="sl-", dir="/tmp"))  # sockets have short names
    monkeypatch.setenv("SPINNLAB_RUNTIME_DIR", str(folder))
    try:
        with acquire("a test in the browser") as lease:
            connection = Connection(Path(lease.daemon.socket))
            yield connection
            connection.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_for_git(site: Site) -> None:
    """Until sPyNNakerGit has been made in the home of the server's user."""

    def is_there() -> bool:
        try:
            return "spynnakergit" in site.ask("kernelspecs")["kernelspecs"]
        except urllib.error.URLError:  # it says its address a moment before it listens
            return False

    until(is_there, READY_S)


def card(page: Any, word: str) -> Any:
    """A card of JupyterLab's launcher."""
    exactly = re.compile(f"^{re.escape(word)}$")
    return page.locator(".jp-LauncherCard-label", has_text=exactly).first


def new_launcher(page: Any) -> None:
    menu(page, "File")
    page.get_by_role("menuitem", name="New Launcher").click()  # its keys belong to the name


def test_the_launcher_has_all_kernels_and_comes_back(
    lab: Site, new_context: Callable[..., Any]
) -> None:
    wait_for_git(lab)
    page = new_context().new_page()
    page.goto(lab.page("/lab/tree/SynfireExample.ipynb"))
    wait_for_kernel(page)
    assert page.locator(".jp-Launcher").count() == 0
    for _ in range(2):
        new_launcher(page)
        for word in ("sPyNNaker", "sPyNNaker 7.4.1", "sPyNNakerGit", "Terminal"):
            sync_api.expect(card(page, word)).to_be_visible()
        picture(page, "launcher")
        page.locator(".lm-TabBar-tab.lm-mod-current .lm-TabBar-tabCloseIcon").last.click()
        sync_api.expect(page.locator(".jp-Launcher")).to_have_count(0)
    new_launcher(page)
    card(page, "sPyNNakerGit").click()
    sync_api.expect(page.get_by_role("tab", name="Untitled.ipynb")).to_be_visible()
    until(lambda: "spynnakergit" in [kernel["name"] for kernel in lab.ask("kernels")], 60)


def test_the_menu_new_of_jupyter_notebook_has_it(
    serve: Callable[..., Site], new_context: Callable[..., Any]
) -> None:
    site = serve()
    wait_for_git(site)
    page = new_context().new_page()
    page.goto(site.page("/tree"))
    sync_api.expect(page.get_by_text("SynfireExample.ipynb")).to_be_visible()
    menu(page, "New")
    words = [word for word in page.locator(".lm-Menu .lm-Menu-itemLabel").all_inner_texts() if word]
    assert words[:3] == ["sPyNNaker", "sPyNNaker 7.4.1", "sPyNNakerGit"]


@pytest.mark.parametrize("old", ["sPyNNaker", "sPyNNaker 7.4.1"])
def test_changing_to_spynnakergit_frees_what_the_old_kernel_held(
    allocator: Connection, lab: Site, new_context: Callable[..., Any], old: str
) -> None:
    wait_for_git(lab)
    native = old == "sPyNNaker"
    listing = "list_runs" if native else "list_jobs"
    address = lab.notebook("Change.ipynb", LONG if native else SHORT)
    file = lab.folder / "Change.ipynb"
    if not native:
        notebook = json.loads(file.read_text())
        notebook["metadata"]["kernelspec"].update(name="spynnaker_7.4.1", display_name=old)
        file.write_text(json.dumps(notebook))
    page = new_context().new_page()
    page.goto(address)
    sync_api.expect(kernel_name(page)).to_have_text(old)
    run_all(page)
    until(lambda: len(allocator.call(listing)) == 1, 90)
    if not native:
        sync_api.expect(output(page, 0)).to_contain_text("it ran", timeout=90_000)
        assert len(allocator.call(listing)) == 1, "its board is held between runs"
    (process,) = lab.kernel_processes()

    menu(page, "Kernel", "Change kernel")
    if native:
        page.get_by_role("button", name="Choose another kernel").click()
    page.locator(".jp-Dialog select").select_option(label="sPyNNakerGit")
    page.get_by_role("button", name="Select Kernel").click()
    freed_s = until(lambda: allocator.call(listing) == [], 10)
    print(f"{old}: freed {freed_s:.2f} s after the choice")
    sync_api.expect(kernel_name(page)).to_have_text("sPyNNakerGit")
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, 10)
    until(lambda: [kernel["name"] for kernel in lab.ask("kernels")] == ["spynnakergit"], 60)
    until(lambda: '"name": "spynnakergit"' in file.read_text(), 60)

    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(WHERE)
    wait_for_kernel(page)
    page.keyboard.press("Control+Enter")
    place = lab.folder.parent / "sPyNNakerGit"
    sync_api.expect(output(page, 0)).to_contain_text(f"in {place}")
    sync_api.expect(output(page, 0)).to_contain_text("+g")
