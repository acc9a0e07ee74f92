# SPDX-License-Identifier: Apache-2.0
"""A person reads ahead that an idle kernel is going to be stopped, and afterwards that it was."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from notebook_site import (
    Site,
    kernel_name,
    output,
    picture,
    prompt,
    run_cell,
    sync_api,
    until,
)

#: The page looks every 10 s, and asks the server for its kernels about as often.
LIMIT_S, LOOK_S = 40, 2
OPTIONS = (
    f"--MappingKernelManager.cull_idle_timeout={LIMIT_S}",
    f"--MappingKernelManager.cull_interval={LOOK_S}",
    "--MappingKernelManager.cull_connected=True",
)


@pytest.mark.timeout(400)
def test_a_kernel_is_kept_on_a_persons_word_and_stopped_without_it(
    serve: Callable[..., Site], new_context: Callable[..., Any]
) -> None:
    site = serve(*OPTIONS)
    page = new_context().new_page()
    page.goto(site.notebook("Quiet.ipynb", "x = 6 * 7", "print(x)"))
    sync_api.expect(kernel_name(page)).to_have_text("sPyNNaker")
    run_cell(page, 0)
    warning = page.locator(".spinnlab-Idle")
    sync_api.expect(warning).to_contain_text("Nothing has run in Quiet.ipynb for a while.")
    sync_api.expect(warning).to_contain_text("Its kernel is stopped at")
    picture(page, "idle-warning")
    warning.get_by_role("button", name="Keep it").click()
    kept = time.monotonic()
    sync_api.expect(warning).to_have_count(0)
    # It would have been stopped by now.
    page.wait_for_timeout((LIMIT_S * 0.75) * 1000)
    run_cell(page, 1)
    sync_api.expect(output(page, 1)).to_contain_text("42")
    assert time.monotonic() - kept >= LIMIT_S * 0.75
    # Nobody says a word: it is stopped.
    until(lambda: not site.ask("kernels"), LIMIT_S + 60)
    page.close()

    for path, name in (("/lab", "idle-note-lab"), ("/tree", "idle-note-tree")):
        page = new_context().new_page()
        page.goto(site.page(path))
        note = page.locator(".spinnlab-Idle-notes")
        sync_api.expect(note).to_contain_text("The kernel sPyNNaker of Quiet.ipynb was stopped")
        sync_api.expect(note).to_contain_text("nothing to do for 1 minute")
        picture(page, name)
    note.get_by_role("button", name="Understood").click()
    sync_api.expect(note).to_have_count(0)
    until(lambda: not site.api("spinnlab/stops")["notes"], 30)
    page.reload()
    page.wait_for_selector(".jp-DirListing-item")
    wait = page.locator(".spinnlab-Idle-notes")
    page.wait_for_timeout(2000)
    sync_api.expect(wait).to_have_count(0)


@pytest.mark.timeout(300)
def test_a_kernel_that_computes_is_not_spoken_of(
    serve: Callable[..., Site], new_context: Callable[..., Any]
) -> None:
    site = serve(*OPTIONS)
    page = new_context().new_page()
    page.goto(
        site.notebook("Long.ipynb", f"import time; time.sleep({LIMIT_S + 25}); print('done')")
    )
    sync_api.expect(kernel_name(page)).to_have_text("sPyNNaker")
    run_cell(page, 0)
    sync_api.expect(prompt(page, 0)).to_have_text("[*]:")
    shown = []
    end = time.monotonic() + LIMIT_S + 15
    while time.monotonic() < end:
        shown.append(page.locator(".spinnlab-Idle").count())
        page.wait_for_timeout(1000)
    assert not any(shown)
    sync_api.expect(output(page, 0)).to_contain_text("done")
