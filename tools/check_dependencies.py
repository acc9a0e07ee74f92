# SPDX-License-Identifier: Apache-2.0
"""Holds the #include lines of every library against what its CMakeLists.txt says it uses.

A library may include its own headers, those of the libraries named after USES, and nothing above
it in ORDER. Exit code 1 with one line for each violation.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1] / "src" / "spinnlab"
#: Bottom to top: a library uses only what stands before it.
ORDER = (
    "base",
    "machine",
    "wire",
    "emulator",
    "alloc",
    "mapping",
    "neurons",
    "synapses",
    "network",
    "image",
    "engine",
    "bindings",
)
INCLUDE = re.compile(r'^\s*#\s*include\s+"spinnlab/(\w+)/', re.MULTILINE)
USES = re.compile(r"\bUSES\s+([^)]*?)(?:\s+(?:TESTS|TEST_USES)\b|\))", re.DOTALL)
TEST_USES = re.compile(r"\bTEST_USES\s+([^)]*)\)", re.DOTALL)


def declared(library: Path, what: re.Pattern[str] = USES) -> set[str]:
    """Libraries of ours that `library` says it uses, or with TEST_USES that its tests use too."""
    found = what.search((library / "CMakeLists.txt").read_text())
    words = found.group(1).split() if found else []
    return {word for word in words if "::" not in word}


def violations(sources: Path = SOURCES) -> list[str]:
    """One line for each include or declaration that is not allowed."""
    found = []
    for library in sorted(path.parent for path in sources.glob("*/CMakeLists.txt")):
        name, uses = library.name, declared(library)
        if name not in ORDER:
            found.append(f"{name}: not in ORDER of tools/check_dependencies.py")
            continue
        found += [
            f"{name}/CMakeLists.txt: uses {used}, which does not stand below it"
            for used in sorted(uses)
            if used not in ORDER[: ORDER.index(name)]
        ]
        for file in sorted([*library.rglob("*.hpp"), *library.rglob("*.cpp")]):
            included = set(INCLUDE.findall(file.read_text()))
            if file.name.endswith("_test.cpp") or file.parent.name == "testing":
                included -= declared(library, TEST_USES)
            found += [
                f"{file.relative_to(sources)}: includes {other}, which {name} does not use"
                for other in sorted(included - uses - {name})
            ]
    return found


def main() -> int:
    found = violations()
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
