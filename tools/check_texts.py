#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks on the text of tracked files that no compiler or linter makes.

* no path of somebody's machine, which would work only there;
* the one-line licence tag at the top of every source file;
* no trailing blanks, no tabs in sources, a newline at the end;
* every relative link in a Markdown file leads to a file that exists.

Exit code 1 and one line a finding, `file:line: what`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {".cpp", ".hpp", ".py", ".sh", ".cmake", ".c", ".h", ".ts", ".css"}
TEXTS = SOURCES | {".md", ".txt", ".toml", ".json", ".yaml", ".yml", ".cff", ".cfg", ".ipynb"}
LICENCE_TAG = "SPDX-License-Identifier: Apache-2.0"
MACHINE_PATH = re.compile(r"(?<![\w.~}$])/(?:home|Users|root|work|workspace)/[A-Za-z0-9_.-]+")
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)")
FENCE = re.compile(r"^\s*```")


def tracked_files() -> list[Path]:
    """Files that git knows or would add, as paths relative to the project."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return [Path(n) for n in names.split("\0") if n and (ROOT / n).is_file()]


def check_links(path: Path, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Relative links of a Markdown page whose target is not there."""
    fenced = False
    for number, line in enumerate(lines, 1):
        if FENCE.match(line):
            fenced = not fenced
        if fenced:
            continue
        for target in LINK.findall(line):
            if "://" in target or target.startswith("mailto:"):
                continue
            if not (ROOT / path.parent / target).exists():
                yield number, f"the link leads nowhere: {target}"


def check_file(path: Path) -> Iterator[tuple[int, str]]:
    """Findings of one file as (line, what)."""
    text = (ROOT / path).read_text(encoding="utf-8")
    lines = text.split("\n")
    source = path.suffix in SOURCES or path.name == "CMakeLists.txt"
    if path.suffix in SOURCES - {".cmake"} and text and LICENCE_TAG not in "\n".join(lines[:3]):
        yield 1, f"the first lines do not hold '{LICENCE_TAG}'"
    for number, line in enumerate(lines, 1):
        found = MACHINE_PATH.search(line)
        if found:
            yield number, f"a path that exists on one machine only: {found.group()}"
        if source and line != line.rstrip():
            yield number, "blanks at the end of the line"
        if source and line.startswith("\t"):
            yield number, "a tab; this project indents with blanks"
    if source and text and not text.endswith("\n"):
        yield len(lines), "no newline at the end of the file"
    if path.suffix == ".md":
        yield from check_links(path, lines)


def main() -> int:
    """Prints every finding; 1 when there is one."""
    findings = 0
    for path in tracked_files():
        if path.suffix not in TEXTS and path.name not in {"CMakeLists.txt", "Makefile"}:
            continue
        for number, what in check_file(path):
            print(f"{path}:{number}: {what}")
            findings += 1
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
