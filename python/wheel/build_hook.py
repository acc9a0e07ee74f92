# SPDX-License-Identifier: Apache-2.0
"""Marks the wheel as one for this interpreter and platform; auditwheel then widens the latter."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledParts(BuildHookInterface):
    """The compiled parts stand in the staged tree already; only the tag has to say so."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
