# SPDX-License-Identifier: Apache-2.0
"""What people do in a browser in several tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
#: The levels A and AA of WCAG 2.2.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def sign_in(page: Any, hub: Any, name: str, password: str = "") -> None:
    """By the form, up to the home page."""
    page.goto(f"{hub.url}/hub/login")
    fill_door(page, name, password or hub.person(name).password)
    page.wait_for_selector("#open-lab")


def fill_door(page: Any, name: str, password: str) -> None:
    """The sign-in page's form, whatever comes of it."""
    page.fill("#username", name)
    page.fill("#password", password)
    page.click("button[type=submit]")


def picture(page: Any, name: str) -> None:
    """Leaves a screenshot where somebody asks for it."""
    if folder := os.environ.get("SPINNLAB_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"hub-{name}.png"), full_page=True)


def look(page: Any, name: str) -> list[str]:
    """What is wrong with the page, as axe judges it; leaves a screenshot where somebody asks."""
    picture(page, name)
    # As a browser's tool does it: the page's own policy allows no script of others.
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
    )
    told = [
        f"{name}: {fault['id']} ({fault['impact']}): {fault['help']}: "
        + "; ".join(node["html"][:120] for node in fault["nodes"][:4])
        for fault in found["violations"]
    ]
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return told if wide <= window else [*told, f"{name}: {wide} px in a window of {window} px"]
