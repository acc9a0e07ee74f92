# SPDX-License-Identifier: Apache-2.0
"""How scripts recorded before PyNN 0.8."""

from __future__ import annotations

from typing import Any


class OldRecording:
    """For what has `record(variables, to_file)`; to_file=True kept data in a temporary file."""

    record: Any

    def record_v(self, to_file: Any = None) -> None:
        """As record("v")."""
        self.record("v", None if to_file is True else to_file)

    def record_gsyn(self, to_file: Any = None) -> None:
        """As record(["gsyn_exc", "gsyn_inh"])."""
        self.record(["gsyn_exc", "gsyn_inh"], None if to_file is True else to_file)
