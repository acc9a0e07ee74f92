# SPDX-License-Identifier: Apache-2.0
"""Which sources a compiled module `spinnlab._core` was built from, and those that stand beside it.

The build puts a fingerprint of the C++ sources into the module (src/spinnlab/bindings/
fingerprint.cmake); the same one of a source tree is computed here, so a stale module can be told
without asking git, also where sources were edited and not committed.
"""

from __future__ import annotations

import hashlib
import mmap
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

#: What the module's sources are, one file or folder a line.
LIST = Path("src/spinnlab/bindings/sources.txt")
MARK = re.compile(rb"spinnlab sources ([0-9a-f]{64})")


def module_file(tree: Path) -> Path:
    """Where the build of a source tree puts the module for this interpreter."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    return tree / "python" / "spinnlab" / f"_core{suffix}"


def built_from(module: Path) -> str | None:
    """The fingerprint (64 hexadecimal digits) inside a module; None if it carries none."""
    with (
        module.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as contents,
    ):
        found = MARK.search(contents)
        return found.group(1).decode() if found else None


def fingerprint(tree: Path) -> str | None:
    """The fingerprint of a tree's sources as they stand there; None for a tree without the list."""
    if not (tree / LIST).is_file():
        return None
    lines = (
        f"{hashlib.sha256((tree / name).read_bytes()).hexdigest()}  {name}\n"
        for name in sorted(_files(tree))
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _files(tree: Path) -> Iterator[str]:
    for place in (tree / LIST).read_text(encoding="utf-8").splitlines():
        if not place or place.startswith("#"):
            continue
        inside = sorted((tree / place).rglob("*")) if (tree / place).is_dir() else [tree / place]
        for file in inside:
            if file.is_file() and not file.name.endswith(("_test.cpp", ".md")):
                yield file.relative_to(tree).as_posix()
