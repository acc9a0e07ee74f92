# SPDX-License-Identifier: Apache-2.0
"""Notebooks that were saved with a kernel of the remote service open in ours, without a question.

There the kernels were called after their release, `spynnaker_7.3.0` for one; here every one of them
is "sPyNNaker". The file keeps its old name until somebody saves it.
"""

from __future__ import annotations

import re
from typing import Any

from spinnlab.kept_outputs.server import KeptContents
from spinnlab.kernels import SPYNNAKER

#: What the service called its kernels; `spynnaker-7.4.1` and `spynnakergit` are kernels of ours.
OLD_NAME = re.compile(r"spynnaker\d*_.*", re.IGNORECASE)


def rename(notebook: dict[str, Any]) -> None:
    """Replaces an old name in a notebook's metadata; anything else is left as it is."""
    chosen = notebook.get("metadata", {}).get("kernelspec")
    if isinstance(chosen, dict) and OLD_NAME.fullmatch(str(chosen.get("name"))):
        chosen.update(name=SPYNNAKER, display_name="sPyNNaker")


class NotebookFiles(KeptContents):
    """Notebooks are handed out with the new name, and with outputs of cells that nobody saw."""

    async def get(self, path: str, content: bool = True, *others: Any, **options: Any) -> Any:
        model = await super().get(path, content, *others, **options)
        if model["type"] == "notebook" and model["content"] is not None:
            rename(model["content"])
        return model
