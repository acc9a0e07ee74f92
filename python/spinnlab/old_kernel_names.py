# SPDX-License-Identifier: Apache-2.0
"""Notebooks that were saved with a kernel of the remote service open in ours, without a question.

There the kernels are called after their release, `spynnaker_7.3.0` for one. Where that release was
added (`spinnlab kernel add 7.3.0`) it is a kernel of ours, too; otherwise it is "sPyNNaker". The
file keeps its name until somebody saves it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from spinnlab import releases
from spinnlab.kept_outputs.server import KeptContents
from spinnlab.kernels import FORMER_741, SPYNNAKER

#: What the service calls its kernels, and what we called one; `spynnakergit` is ours.
OLD_NAME = re.compile(rf"spynnaker\d*_.*|{re.escape(FORMER_741)}", re.IGNORECASE)


def chosen(notebook: dict[str, Any]) -> str:
    """Name of the notebook's kernel; empty where it has none."""
    kernel = notebook.get("metadata", {}).get("kernelspec")
    return str(kernel.get("name", "")) if isinstance(kernel, dict) else ""


def rename(notebook: dict[str, Any], there: Collection[str]) -> None:
    """Replaces an old name in a notebook's metadata; anything else is left as it is.

    `there`: names of the kernels that can be started.
    """
    name = chosen(notebook)
    if not OLD_NAME.fullmatch(name):
        return
    release = releases.USUAL if name == FORMER_741 else releases.of_kernel(name)
    kernel = notebook["metadata"]["kernelspec"]
    if release and releases.kernel_name(release) in there:
        name, shown = releases.kernel_name(release), releases.display_name(release)
        kernel.update(name=name, display_name=shown)
    else:
        kernel.update(name=SPYNNAKER, display_name="sPyNNaker")


class NotebookFiles(KeptContents):
    """Notebooks are handed out with the new name, and with outputs of cells that nobody saw."""

    async def get(self, path: str, content: bool = True, *others: Any, **options: Any) -> Any:
        model = await super().get(path, content, *others, **options)
        if model["type"] == "notebook" and model["content"] is not None:
            notebook = model["content"]
            if OLD_NAME.fullmatch(chosen(notebook)):
                rename(notebook, self.parent.kernel_spec_manager.find_kernel_specs())
        return model
