# SPDX-License-Identifier: Apache-2.0
"""Prints how many lines of the C++ libraries ran, by library, from a build with gcov's counters.

    coverage.py BUILD            by library
    coverage.py BUILD --files    by file, the least covered first
    coverage.py BUILD --missing src/spinnlab/wire/sdp.cpp    the lines that did not run

A line counts once, however many objects and instances of a template contain it, and has run when
one of them did. A source that no test program links counts as not run. Tests are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = Path("src") / "spinnlab"

#: Lines of a file: number -> has it run.
Lines = dict[int, bool]


def is_ours(file: Path) -> bool:
    """A library's own source or header, given relative to the project."""
    in_library = file.is_relative_to(LIBRARIES) and len(file.parts) > len(LIBRARIES.parts) + 1
    return in_library and "testing" not in file.parts and not file.stem.endswith("_test")


def ask_gcov(notes: Path) -> Any:
    """gcov's answer about one object: `notes` is its .gcno, counters stand beside it."""
    done = subprocess.run(
        ["gcov", "--json-format", "--stdout", str(notes)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout) if done.stdout.strip() else {"files": []}


def merge(answers: Iterable[Any], root: Path) -> dict[Path, Lines]:
    """The lines of our files over all objects."""
    found: dict[Path, Lines] = defaultdict(dict)
    for answer in answers:
        for file in answer["files"]:
            folder = root / answer.get("current_working_directory", ".")
            path = Path(os.path.normpath(folder / file["file"]))
            if not path.is_relative_to(root) or not is_ours(path.relative_to(root)):
                continue
            lines = found[path.relative_to(root)]
            for line in file["lines"]:
                number = line["line_number"]
                lines[number] = lines.get(number, False) or line["count"] > 0
    return dict(found)


def row(name: str, lines: int, ran: int) -> str:
    share = 100 * ran / lines if lines else 100.0
    return f"{name:<44} {lines:>7,} {ran:>7,} {share:6.1f} %"


def by_library(files: dict[Path, Lines]) -> list[str]:
    """One line a library in alphabetical order, then all together."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for path, lines in files.items():
        for name in (path.parts[len(LIBRARIES.parts)], "all libraries"):
            sums[name][0] += len(lines)
            sums[name][1] += sum(lines.values())
    everything = sums.pop("all libraries", [0, 0])
    rows = [row(name, *numbers) for name, numbers in sorted(sums.items())]
    return [f"{'library':<44} {'lines':>7} {'ran':>7}", *rows, row("all libraries", *everything)]


def by_file(files: dict[Path, Lines]) -> list[str]:
    def share(item: tuple[Path, Lines]) -> float:
        return sum(item[1].values()) / max(1, len(item[1]))

    return [
        row(str(path.relative_to(LIBRARIES)), len(lines), sum(lines.values()))
        for path, lines in sorted(files.items(), key=share)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("build", type=Path)
    parser.add_argument("--files", action="store_true", help="by file, the least covered first")
    parser.add_argument("--missing", type=Path, metavar="FILE", help="lines that did not run")
    arguments = parser.parse_args()
    notes = [
        path
        for path in sorted((arguments.build / LIBRARIES).rglob("*.gcno"))
        if "_headers.dir" not in str(path)
    ]
    if not any(path.with_suffix(".gcda").exists() for path in notes):
        print(f"{arguments.build} has no counters: 'make coverage' makes them", file=sys.stderr)
        return 1
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        files = merge(pool.map(ask_gcov, [path.absolute() for path in notes]), ROOT)
    if arguments.missing:
        lines = files.get(arguments.missing)
        if lines is None:
            print(f"{arguments.missing} is not a file of a library", file=sys.stderr)
            return 1
        print(*sorted(number for number, ran in lines.items() if not ran))
    else:
        print("\n".join(by_file(files) if arguments.files else by_library(files)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
