# SPDX-License-Identifier: Apache-2.0
"""A wrap is applied where the release has what it wraps; else one line says what is missing."""

from __future__ import annotations

from types import ModuleType

from spinnlab_original.imports import Wrap
from spinnlab_original.notes import say_once
from spinnlab_original.release import release


def has(module: ModuleType, place: str) -> bool:
    """Whether a dotted name leads somewhere from the module; `a | b`: one of them."""
    for way in place.split("|"):
        found: object = module
        for name in way.strip().split("."):
            found = getattr(found, name, None)
        if found is not None:
            return True
    return False


def where_there(wrap: Wrap, *places: str, gives: str) -> Wrap:
    """The wrap for releases that have all `places`; without it the person lacks what it `gives`."""

    def checked(module: ModuleType) -> None:
        missing = [place for place in places if not has(module, place)]
        reason = f"{module.__name__} has no {', '.join(missing)}" if missing else ""
        if not missing:
            try:
                wrap(module)
            except (AttributeError, ImportError) as error:
                reason = f"{module.__name__}: {error}"
        if reason:
            say_once(f"not in sPyNNaker {release()}: {gives} ({reason})")

    return checked
