# SPDX-License-Identifier: Apache-2.0
"""The words of the SpiNNaker Jupyter service at work, in Jupyter Notebook and in JupyterLab."""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from notebook_site import (
    PATIENCE_MS,
    Site,
    contrast,
    kernel_name,
    menu,
    picture,
    sync_api,
    until,
    wait_for_kernel,
)

#: Runs at once and prints what can be checked.
SCRIPT = """import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(10, sim.IF_curr_exp(i_offset=1.0), label="cells")
cells.record("spikes")
sim.run(100)
print("cells fired", len(cells.get_data().segments[0].spiketrains), "trains")
sim.end()
"""
#: Computes for minutes.
LONG = """import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(900, sim.IF_curr_exp(i_offset=1.1), label="cells")
print("it runs")
sim.run(400_000_000)
"""
Serve = Callable[..., Site]


def entries(page: Any, name: str) -> list[str]:
    """What a menu offers; the menu is closed again."""
    page.get_by_role("menuitem", name=name, exact=True).click()
    found = page.locator(".lm-Menu .lm-Menu-itemLabel")
    sync_api.expect(found.first).to_be_visible()
    words = [word for word in found.all_inner_texts() if word]
    page.keyboard.press("Escape")
    sync_api.expect(page.locator(".lm-Menu")).to_have_count(0)
    return words


def new(context: Any, site: Site, what: str) -> Any:
    """New > WHAT in the list of files; the page that it opens."""
    tree = context.new_page()
    tree.goto(site.page("/tree"))
    menu(tree, "New")
    with context.expect_page() as opened:
        menu(tree, what)
    return opened.value


def paste_and_run(page: Any, script: str) -> None:
    """Into the empty cell, as one does: paste, then the toolbar's button."""
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.insert_text(script)
    page.locator(
        "[data-command^='notebook:run-cell'], [data-jp-item-name=run] button"
    ).first.click()


def said(page: Any, text: str) -> None:
    sync_api.expect(page.locator(".jp-OutputArea-output", has_text=text).first).to_be_visible(
        timeout=PATIENCE_MS
    )


def boxes(found: Any) -> list[dict[str, float]]:
    return [one.bounding_box() for one in found.all()]


def test_the_list_of_files_offers_our_kernels_and_a_terminal(serve: Serve, context: Any) -> None:
    site = serve()
    assert site.opens == "/tree"
    page = context.new_page()
    page.goto(site.page("/tree"))
    sync_api.expect(page.get_by_text("SynfireExample.ipynb")).to_be_visible()
    words = entries(page, "New")
    assert words[:2] == ["sPyNNaker", "sPyNNaker 7.4.1"]
    assert "Terminal" in words
    assert "token" not in page.url
    button = page.get_by_role("button", name="Shut down", exact=True)
    box = button.bounding_box()
    assert box["x"] + box["width"] > 1150 and box["y"] < 40
    picture(page, "tree-light")


def test_the_menus_of_a_notebook_have_the_services_words(serve: Serve, context: Any) -> None:
    site = serve()
    for path, name in (("/notebooks", "notebook"), ("/lab/tree", "lab")):
        page = context.new_page()
        page.goto(site.page(f"{path}/SynfireExample.ipynb"))
        wait_for_kernel(page)
        assert page.locator(".jp-Dialog").count() == 0
        file = entries(page, "File")
        assert "Close and Halt" in file
        assert not [word for word in file if word.startswith("Close and Shut Down")]
        assert file.count("Shut Down") == 1
        assert "Change kernel" in entries(page, "Kernel")
        picture(page, f"{name}-light")
        page.close()


def test_each_interface_offers_the_other(serve: Serve, context: Any) -> None:
    site = serve()
    tree = context.new_page()
    tree.goto(site.page("/tree"))
    assert "Open JupyterLab" in entries(tree, "View")
    notebook = context.new_page()
    notebook.goto(site.page("/notebooks/SynfireExample.ipynb"))
    wait_for_kernel(notebook)
    with context.expect_page() as opened:
        notebook.locator(".jp-nb-interface-switcher-button").click()
    lab = opened.value
    sync_api.expect(lab.locator("#jp-main-dock-panel .jp-NotebookPanel")).to_be_visible()
    assert "/lab" in lab.url or "/doc" in lab.url
    with context.expect_page() as opened:
        lab.locator(".jp-nb-interface-switcher-button").first.click()
    sync_api.expect(opened.value.locator("#spinnlab-leave")).to_be_visible()


def test_a_pasted_script_runs_in_a_new_notebook(serve: Serve, context: Any) -> None:
    site = serve()
    page = new(context, site, "sPyNNaker")
    wait_for_kernel(page)
    sync_api.expect(kernel_name(page)).to_have_text("sPyNNaker")
    sync_api.expect(page.locator(".jp-CodeCell")).to_have_count(1)
    assert page.locator(".jp-CodeCell .cm-content").inner_text().strip() == ""
    paste_and_run(page, SCRIPT)
    said(page, "cells fired 10 trains")
    assert "/notebooks/Untitled.ipynb" in page.url


def test_change_kernel_frees_the_old_one_and_is_saved(serve: Serve, context: Any) -> None:
    site = serve()
    page = new(context, site, "sPyNNaker")
    wait_for_kernel(page)
    paste_and_run(page, "1 + 1")
    said(page, "2")
    (old,) = site.kernel_processes()
    menu(page, "Kernel", "Change kernel")
    page.locator(".jp-Dialog select").select_option(label="sPyNNaker 7.4.1")
    page.get_by_role("button", name="Select Kernel").click()
    freed_s = until(lambda: not old.is_running() or old.status() == psutil.STATUS_ZOMBIE, 10)
    print(f"the old kernel's process was gone {freed_s:.2f} s after the choice")
    sync_api.expect(kernel_name(page)).to_have_text("sPyNNaker 7.4.1")
    file = site.folder / "Untitled.ipynb"
    until(lambda: '"name": "spynnaker_7.4.1"' in file.read_text(), 60)
    until(lambda: [kernel["name"] for kernel in site.ask("kernels")] == ["spynnaker_7.4.1"], 60)


def test_change_kernel_asks_when_a_cell_runs(serve: Serve, context: Any) -> None:
    site = serve()
    page = new(context, site, "sPyNNaker")
    wait_for_kernel(page)
    paste_and_run(page, LONG)
    said(page, "it runs")
    menu(page, "Kernel", "Change kernel")
    sync_api.expect(page.locator(".jp-Dialog")).to_contain_text("Untitled.ipynb")
    page.get_by_role("button", name="Keep running").click()
    sync_api.expect(page.locator(".jp-Dialog")).to_have_count(0)
    assert [kernel["execution_state"] for kernel in site.ask("kernels")] == ["busy"]


def test_close_and_halt_of_an_idle_notebook_asks_nothing(serve: Serve, context: Any) -> None:
    site = serve()
    page = new(context, site, "sPyNNaker")
    wait_for_kernel(page)
    paste_and_run(page, "kept = 1")
    sync_api.expect(page.locator(".jp-InputPrompt").first).to_have_text("[1]:")
    menu(page, "File")
    entry = page.get_by_role("menuitem", name="Close and Halt")
    began = time.monotonic()
    with page.expect_event("close", timeout=PATIENCE_MS):
        entry.click()
    closed_s = time.monotonic() - began
    until(lambda: site.ask("kernels") == [], 10)
    gone_s = time.monotonic() - began
    assert gone_s < 10
    print(f"Close and Halt, idle: tab closed after {closed_s:.2f} s, no kernel at {gone_s:.2f} s")
    assert site.ask("sessions") == []
    # What was typed is in the file.
    assert "kept = 1" in (site.folder / "Untitled.ipynb").read_text()


def test_close_and_halt_in_a_run_says_what_is_lost(serve: Serve, context: Any) -> None:
    site = serve()
    page = new(context, site, "sPyNNaker")
    wait_for_kernel(page)
    paste_and_run(page, LONG)
    said(page, "it runs")
    menu(page, "File")
    page.get_by_role("menuitem", name="Close and Halt").click()
    dialog = page.locator(".jp-Dialog")
    sync_api.expect(dialog).to_contain_text("Untitled.ipynb")
    sync_api.expect(dialog).to_contain_text("Lost: the variables")
    picture(page, "halt-light")
    # The answer that loses nothing has the focus.
    page.keyboard.press("Enter")
    sync_api.expect(dialog).to_have_count(0)
    assert [kernel["execution_state"] for kernel in site.ask("kernels")] == ["busy"]
    (kernel,) = site.kernel_processes()
    menu(page, "File")
    page.get_by_role("menuitem", name="Close and Halt").click()
    with page.expect_event("close", timeout=PATIENCE_MS):
        began = time.monotonic()
        page.get_by_role("button", name="Close and halt").click()
        until(lambda: site.ask("kernels") == [], 10)
        until(lambda: not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE, 10)
        print(f"Close and Halt in a run: kernel gone after {time.monotonic() - began:.2f} s")


def test_close_and_halt_goes_to_the_list_where_a_tab_cannot_close(
    serve: Serve, context: Any
) -> None:
    site = serve()
    (site.folder / "my course").mkdir()
    shutil.copy(site.folder / "SynfireExample.ipynb", site.folder / "my course" / "One.ipynb")
    page = context.new_page()
    page.goto(site.page("/notebooks/my%20course/One.ipynb"))
    wait_for_kernel(page)
    # With a history the page was not opened by another one.
    page.evaluate("window.close = () => {}")
    menu(page, "File")
    page.get_by_role("menuitem", name="Close and Halt").click()
    page.wait_for_url("**/tree/my%20course")
    sync_api.expect(page.get_by_text("One.ipynb")).to_be_visible()
    assert site.ask("kernels") == []


def test_close_and_halt_in_jupyterlab(serve: Serve, context: Any) -> None:
    site = serve(command="lab")
    page = context.new_page()
    page.goto(site.page("/lab/tree/SynfireExample.ipynb"))
    wait_for_kernel(page)
    menu(page, "File")
    page.get_by_role("menuitem", name="Close and Halt").click()
    sync_api.expect(page.locator(".jp-NotebookPanel")).to_have_count(0)
    until(lambda: site.ask("kernels") == [], 10)
    # With nothing open the launcher is there: kernels and a terminal.
    for word in ("sPyNNaker", "sPyNNaker 7.4.1", "Terminal"):
        sync_api.expect(
            page.locator(
                ".jp-LauncherCard-label", has_text=re.compile(f"^{re.escape(word)}$")
            ).first
        ).to_be_visible()


def test_closing_only_the_tab_keeps_the_kernel(serve: Serve, context: Any) -> None:
    site = serve()
    page = new(context, site, "sPyNNaker")
    wait_for_kernel(page)
    paste_and_run(page, LONG)
    said(page, "it runs")
    page.close(run_before_unload=False)
    time.sleep(2)
    assert [kernel["execution_state"] for kernel in site.ask("kernels")] == ["busy"]


@pytest.mark.parametrize("interface", ["notebook", "lab"])
def test_a_terminal_survives_a_reload(serve: Serve, context: Any, interface: str) -> None:
    site = serve()
    if interface == "notebook":
        page = new(context, site, "Terminal")
    else:
        page = context.new_page()
        page.goto(site.page("/lab"))
        page.locator(".jp-LauncherCard", has_text="Terminal").first.click()
    page.locator(".jp-Terminal .xterm-helper-textarea").wait_for(state="attached")
    page.locator(".jp-Terminal").click()
    # In the home folder, although the server was started elsewhere.
    home = site.folder.parent
    mark = home / "mark"
    page.keyboard.type("HELD=kept; echo $HELD >mark\n")
    until(mark.exists, 60)
    if interface == "lab":  # it saves its layout a second later, and opens what it has saved
        saved = home / ".jupyter" / "lab" / "workspaces"
        until(lambda: any("terminal:1" in file.read_text() for file in saved.glob("*")), 60)
    page.reload()
    page.locator(".jp-Terminal .xterm-helper-textarea").wait_for(state="attached")
    page.wait_for_timeout(1500)
    page.locator(".jp-Terminal").click()
    page.keyboard.type("echo $HELD again >again\n")
    again = home / "again"
    until(lambda: again.exists() and again.read_text() == "kept again\n", 60)
    assert len(site.ask("terminals")) == 1


def test_shut_down_stops_the_server_without_a_question(serve: Serve, context: Any) -> None:
    site = serve()
    page = context.new_page()
    page.goto(site.page("/tree"))
    page.evaluate("window.close = () => {}")
    began = time.monotonic()
    page.get_by_role("button", name="Shut down", exact=True).click()
    sync_api.expect(page.locator("main.spinnlab-Stopped")).to_contain_text("The server has stopped")
    assert site.process.wait(30) == 0
    print(f"Shut down: server gone after {time.monotonic() - began:.2f} s")
    page.wait_for_timeout(1500)
    assert page.locator(".jp-Dialog").count() == 0
    # Still in Jupyter's look.
    family = page.locator("main.spinnlab-Stopped h1").evaluate(
        "h => getComputedStyle(h).fontFamily"
    )
    assert "sans-serif" in family
    picture(page, "stopped-light")


def test_shut_down_names_the_runs_that_go_on(serve: Serve, context: Any) -> None:
    site = serve()
    page = new(context, site, "sPyNNaker")
    wait_for_kernel(page)
    paste_and_run(page, LONG)
    said(page, "it runs")
    page.evaluate("window.close = () => {}")
    button = page.get_by_role("button", name="Shut down", exact=True)
    dialog = page.locator(".jp-Dialog")
    button.click()
    sync_api.expect(dialog).to_contain_text("One run is going on")
    sync_api.expect(dialog).to_contain_text("Untitled.ipynb")
    # The three answers stand beside each other.
    assert len({button["y"] for button in boxes(dialog.locator("button.jp-mod-styled"))}) == 1
    picture(page, "leave-light")
    page.keyboard.press("Escape")
    sync_api.expect(dialog).to_have_count(0)
    button.click()
    page.get_by_role("button", name="Keep running", exact=True).click()
    sync_api.expect(dialog).to_have_count(0)
    assert site.process.poll() is None
    assert [kernel["execution_state"] for kernel in site.ask("kernels")] == ["busy"]
    # What is typed and not yet saved, here and in another tab, is kept.
    other = context.new_page()
    other.goto(site.page("/notebooks/SynfireExample.ipynb"))
    wait_for_kernel(other)
    other.locator(".jp-CodeCell .cm-content").first.click()
    other.keyboard.type("# elsewhere")
    page.locator(".jp-CodeCell .cm-content").last.click()
    page.keyboard.type("# a last thought")
    kernels = site.kernel_processes()
    button.click()
    page.get_by_role("button", name="Stop it, shut down").click()
    assert site.process.wait(60) == 0
    assert not [one for one in kernels if one.is_running()]
    assert "# a last thought" in (site.folder / "Untitled.ipynb").read_text()
    assert "# elsewhere" in (site.folder / "SynfireExample.ipynb").read_text()


def test_shut_down_in_jupyterlab_is_in_the_menu_file(serve: Serve, context: Any) -> None:
    site = serve(command="lab")
    page = context.new_page()
    page.goto(site.page("/lab/tree/SynfireExample.ipynb"))
    wait_for_kernel(page)
    until(lambda: len(site.ask("kernels")) == 1, 60)
    wait_for_kernel(page)
    assert page.locator("#spinnlab-leave").count() == 0
    page.evaluate("window.close = () => {}")
    menu(page, "File")
    page.get_by_role("menuitem", name="Shut Down", exact=True).click()
    sync_api.expect(page.locator(".jp-Dialog")).to_contain_text(
        "Lost: the variables of SynfireExample.ipynb"
    )
    page.get_by_role("button", name="Shut down", exact=True).click()
    assert site.process.wait(60) == 0


#: What a hub puts on the pages of a person's server.
HUB = '{"page_config_data": {"hubPrefix": "/hub/", "hubUser": "alice", "hubHost": ""}}'


@pytest.mark.parametrize(
    ("answer", "asked_for"),
    [("Keep running, log out", "/hub/logout?keep-running=1"), ("Stop it, log out", "/hub/logout")],
)
def test_logout_on_a_hub(serve: Serve, context: Any, answer: str, asked_for: str) -> None:
    site = serve(f"--ServerApp.tornado_settings={HUB}")
    page = new(context, site, "sPyNNaker")
    wait_for_kernel(page)
    # Nothing runs: no question.
    asked: list[str] = []

    def hub(route: Any) -> None:
        asked.append(route.request.url.removeprefix(site.address))
        route.fulfill(body="signed out", content_type="text/plain")

    context.route("**/hub/logout*", hub)
    assert "Shut Down" not in entries(page, "File")
    assert "Log Out" in entries(page, "File")
    paste_and_run(page, LONG)
    said(page, "it runs")
    page.get_by_role("button", name="Logout", exact=True).click()
    page.get_by_role("button", name=answer).click()
    page.wait_for_url("**/hub/logout*")
    assert asked == [asked_for]
    with urllib.request.urlopen(f"{site.address}/api/kernels?token={site.token}") as reply:
        states = [kernel["execution_state"] for kernel in json.load(reply)]
    assert states == (["busy"] if answer.startswith("Keep") else [])
    # The server's own cookie is gone, too.
    assert not [cookie for cookie in context.cookies() if cookie["name"].startswith("username-")]


def test_the_file_menu_by_keyboard_alone(serve: Serve, context: Any) -> None:
    site = serve()
    page = new(context, site, "sPyNNaker")
    wait_for_kernel(page)
    # Out of the cell, where Tab indents.
    page.keyboard.press("Escape")
    reached = ""
    for _ in range(40):
        page.keyboard.press("Tab")
        reached = page.evaluate("document.activeElement.innerText")
        if reached.strip() == "Shut down":
            break
    assert reached.strip() == "Shut down"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "2px"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "menuitem":
            break
    page.keyboard.press("ArrowDown")
    for _ in range(40):
        chosen = page.locator(".lm-Menu-item.lm-mod-active .lm-Menu-itemLabel")
        if chosen.count() and chosen.first.inner_text() == "Close and Halt":
            break
        page.keyboard.press("ArrowDown")
    assert chosen.first.inner_text() == "Close and Halt"
    with page.expect_event("close", timeout=PATIENCE_MS):
        page.keyboard.press("Enter")
    until(lambda: site.ask("kernels") == [], 10)


def test_the_dark_theme_is_readable(serve: Serve, context: Any) -> None:
    site = serve()
    settings = site.folder.parent / ".jupyter" / "lab" / "user-settings"
    themes = settings / "@jupyterlab" / "apputils-extension"
    themes.mkdir(parents=True)
    (themes / "themes.jupyterlab-settings").write_text('{"theme": "JupyterLab Dark"}')
    page = context.new_page()
    page.goto(site.page("/tree"))
    sync_api.expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    colours = page.evaluate(
        """() => {
            const style = getComputedStyle(document.querySelector('#spinnlab-leave button'));
            return [style.color, style.backgroundColor];
        }"""
    )
    picture(page, "tree-dark")
    assert contrast(*colours) >= 4.5
