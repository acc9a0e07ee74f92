# SPDX-License-Identifier: Apache-2.0
"""Whether this computer has the memory for a network, asked before any of it is taken.

Linux gives memory that it does not have and ends the process when it is used; a kernel that dies
takes its data along.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spinnlab.pynn.errors import ConfigurationException

if TYPE_CHECKING:
    from spinnlab.pynn.parts import Part

#: Rows of the fast executor hold a target and a delay, and a weight where there are several.
BYTES_OF_A_SYNAPSE, BYTES_WITH_OWN_WEIGHT = 2, 4
#: State, spikes and pending input of a neuron, roughly.
BYTES_OF_A_NEURON = 256
#: A limit of cgroup v1 that is none.
NO_LIMIT = 1 << 60


class HostMemoryError(ConfigurationException):
    """The network does not fit into this computer's memory."""


def available_bytes() -> int:
    """What this process may still take: of the computer, of its control group, of its own limit."""
    return min(_limits(), default=NO_LIMIT)


def _limits() -> Iterator[int]:
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024
    for group in _lines("/proc/self/cgroup"):
        _, controllers, path = group.split(":", 2)
        if controllers == "":
            yield from _left_in("/sys/fs/cgroup", path, "memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            yield from _left_in(
                "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes"
            )
    own, _ = resource.getrlimit(resource.RLIMIT_AS)
    if own != resource.RLIM_INFINITY:
        for line in _lines("/proc/self/statm"):
            yield max(0, own - int(line.split()[0]) * os.sysconf("SC_PAGE_SIZE"))


def _left_in(root: str, path: str, most: str, used: str) -> Iterator[int]:
    """What a control group and those above it leave; files that are in memory can be dropped."""
    folder = Path(root, path.lstrip("/"))
    while True:
        try:
            limit = (folder / most).read_text().strip()
            if limit != "max" and int(limit) < NO_LIMIT:
                statistics = dict(line.split() for line in _lines(folder / "memory.stat"))
                files = int(
                    statistics.get("total_inactive_file", statistics.get("inactive_file", 0))
                )
                yield max(0, int(limit) - int((folder / used).read_text()) + files)
        except (OSError, ValueError):
            pass  # not ours to read: the computer's own memory is the limit then
        if folder == Path(root) or root not in str(folder):
            return
        folder = folder.parent


def _lines(path: str | Path) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def bytes_of(part: Part) -> float:
    """What the synapses of a part take when they are expanded."""
    weight: Any = part.recipe.weight
    each = BYTES_OF_A_SYNAPSE if np.ndim(weight) == 0 else BYTES_WITH_OWN_WEIGHT
    return part.likely_synapses() * each


def require_memory(neurons: int, projections: list[Any]) -> None:
    """Raises HostMemoryError that names the largest projection and what would fit."""
    sizes = [sum(map(bytes_of, projection.parts)) for projection in projections]
    needed = sum(sizes) + neurons * BYTES_OF_A_NEURON
    if needed < 1 << 28:  # less than a few hundred MiB is not worth the question
        return
    available = available_bytes()
    if needed <= available:
        return
    gib = 1 << 30
    text = f"This network needs about {needed / gib:,.1f} GiB of memory"
    if sizes and max(sizes) > needed / 10:
        largest = projections[int(np.argmax(sizes))]
        text += (
            f", {max(sizes) / gib:,.1f} GiB of it for the {largest.likely_synapses():,.0f} "
            f"synapses of {largest.label}"
        )
    raise HostMemoryError(
        f"{text}; {available / gib:,.1f} GiB are available here. Nothing was loaded, and what was "
        f"recorded is kept. A network of {available / needed:.0%} of its synapses would fit: make "
        "it smaller, close other programs, or use a computer with more memory."
    )
