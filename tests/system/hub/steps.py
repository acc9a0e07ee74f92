# SPDX-License-Identifier: Apache-2.0
"""What people do in a browser in several tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


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
