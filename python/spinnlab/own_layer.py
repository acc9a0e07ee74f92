# SPDX-License-Identifier: Apache-2.0
"""A kernel that starts in an environment of a lab goes on in its user's own layer over it.

The layer is made in the background when somebody's server starts for the first time
(user_environments.py), and a kernel may be started before it is there. pip in that kernel would
have nowhere to put a package. So the kernel makes the layer itself, which takes a second, and
becomes the layer's interpreter before anything else happens.
"""

# Imports little: every kernel asks, and few have anything to do.
from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

#: For the background, which comes behind others on a busy hub. A kernel that says nothing for a
#: minute is given up by the server.
PATIENCE_S = 20.0


def enter(kernel: str) -> None:
    """Does not return where the kernel named so goes on in a layer; otherwise does nothing.

    Where a layer cannot be made, the kernel runs without one, and its log says why pip will not do.
    """
    if os.access(sysconfig.get_path("purelib"), os.W_OK):
        return  # a layer, or an environment of one's own
    from spinnlab import user_environments
    from spinnlab.errors import SpinnlabError

    try:
        layer = user_environments.prepare_layer(kernel, patience_s=PATIENCE_S)
    except (SpinnlabError, OSError) as error:
        print(
            f"pip in this kernel cannot install anything: {sys.prefix} belongs to the lab, and a "
            f"layer of your own over it could not be made. {error}",
            file=sys.stderr,
        )
        return
    if layer is None or not _is_over_this(layer):
        return
    python = str(layer / "bin" / "python")
    others = [
        folder
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if folder != str(Path(sys.prefix) / "bin")
    ]
    os.environ["PATH"] = os.pathsep.join([str(layer / "bin"), *others])
    os.environ["VIRTUAL_ENV"] = str(layer)
    os.execv(python, [python, *sys.orig_argv[1:]])


def _is_over_this(layer: Path) -> bool:
    """Whether what was made sees the packages that this interpreter sees."""
    from spinnlab import layers

    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    seen = (layers.site_packages(layer, version) / layers.PATHS).read_text(encoding="utf-8")
    return sysconfig.get_path("purelib") in seen.splitlines()
