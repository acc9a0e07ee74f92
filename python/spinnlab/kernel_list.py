# SPDX-License-Identifier: Apache-2.0
"""The order of kernels in menus: ours first, the usual one on top."""

from __future__ import annotations

from jupyter_client.kernelspec import KernelSpecManager
from traitlets import Set, Unicode, default

from spinnlab import kernels, releases
from spinnlab.kernels import SPYNNAKER

#: As the folder is called in which sPyNNakerGit is registered.
GIT = "spynnakergit"


def place(name: str) -> tuple[int, list[int], str]:
    """A key that sorts: sPyNNaker, its releases (newest first), sPyNNakerGit, others by name."""
    if name == SPYNNAKER:
        return 0, [], name
    if release := releases.of_kernel(name):
        return 1, [-part for part in releases.order(release)], name
    return (2 if name == GIT else 3), [], name


class KernelList(KernelSpecManager):  # type: ignore[misc]
    """Jupyter's own list of kernels, in our order; Jupyter's is that of the file system."""

    hidden = Set(Unicode(), help="Kernels that are not shown and cannot be started").tag(
        config=True
    )

    @default("kernel_dirs")
    def _own_first(self) -> list[str]:
        """A hub's server looks for nothing in the home; kernels that we made there are meant."""
        own = str(kernels.user_jupyter_folder() / "kernels")
        return [own, *(one for one in self._kernel_dirs_default() if one != own)]

    def find_kernel_specs(self) -> dict[str, str]:
        found = super().find_kernel_specs()
        return {name: found[name] for name in sorted(found, key=place) if name not in self.hidden}
