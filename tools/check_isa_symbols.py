# SPDX-License-Identifier: Apache-2.0
"""Looks for functions that a file compiled for one instruction set would share with other files.

The linker keeps one copy of an inline function or template. If the copy in kernels_avx512.cpp were
the one it keeps, every processor without AVX-512 would stop at it, wherever it is called from. So
such a file may define shared ("weak") symbols only in a namespace named after its instruction set.

    check_isa_symbols.py OBJECT...    checks those whose names end in _sse4, _avx2 or _avx512
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

#: Namespace of Highway's target by the suffix of the file's name.
NAMESPACES = {"sse4": "N_SSE4", "avx2": "N_AVX2", "avx512": "N_AVX3"}
#: nm's letters of symbols that several objects may define: weak and unique ones.
SHARED = "WwVvu"
#: Names without an instruction that could be missing: Highway's functions that return an empty type
#: (builds without optimisation emit them), and the compiler's pointer to its exception handler.
HARMLESS = ("hwy::SizeTag<", "DW.ref.")


def shared_symbols(listing: str, namespace: str) -> list[str]:
    """Names in `nm -C --defined-only` output that are shared and not of this namespace."""
    found = []
    for line in listing.splitlines():
        parts = line.split(maxsplit=2)
        if len(parts) < 3 or parts[1] not in SHARED or parts[2].startswith(HARMLESS):
            continue
        if f"{namespace}::" not in parts[2]:
            found.append(parts[2])
    return found


def main(objects: list[str]) -> int:
    checked, failures = 0, 0
    for path in map(Path, objects):
        suffix = re.search(r"_([a-z0-9]+)\.", path.name)
        if suffix is None or suffix.group(1) not in NAMESPACES:
            continue
        command = ["nm", "-C", "--defined-only", str(path)]
        listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        checked += 1
        for name in shared_symbols(listing, NAMESPACES[suffix.group(1)]):
            failures += 1
            print(f"{path.name}: defines the shared symbol {name}")
    if checked == 0:
        print("no object of an instruction set was given")
        return 2
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
