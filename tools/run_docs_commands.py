#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the shell commands of the documents, so that no page shows one that does not work.

A fenced block of a Markdown page is one of

    ```sh run                    executed here
    ```sh elsewhere=TARGET       executed by another part of CI, named by TARGET
    ```text output               what the block above must print; `...` stands for any text

and any other `sh` or `bash` block is an error. The blocks of one page run in order in one shell,
from the project's root, in a session of its own; background jobs end with the page. Standard
output and standard error count as one. A block that fails, prints something else or does not end
within the time limit fails the page.

    tools/run_docs_commands.py [--check] [PAGE.md ...]
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(.*)$")
SHELLS = {"sh", "bash", "shell", "console"}
MARK = "--- end of docs block"


@dataclass
class Block:
    """Commands of one fenced block; `expected` is None where the page shows no output."""

    line: int
    commands: str
    expected: str | None = None


class PageError(Exception):
    """A page that cannot be read as described above."""


def read_blocks(page: Path) -> list[Block]:
    """The blocks of a page that are to be run, in order."""
    blocks: list[Block] = []
    info: list[str] | None = None
    body: list[str] = []
    began = 0
    last_was_run = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if fence is None:
            if info is not None:
                body.append(line)
            continue
        if info is None:
            info, body, began = fence.group(1).split(), [], number
            continue
        if info[:2] == ["sh", "run"]:
            blocks.append(Block(began, "\n".join(body)))
            last_was_run = True
        elif info[:2] == ["text", "output"]:
            if not last_was_run:
                raise PageError(f"{page}:{began}: output of no block")
            blocks[-1].expected = "\n".join(body)
            last_was_run = False
        elif info and info[0] in SHELLS:
            if len(info) != 2 or not info[1].startswith("elsewhere="):
                raise PageError(f"{page}:{began}: mark the block `sh run` or `sh elsewhere=TARGET`")
            last_was_run = False
        info = None
    if info is not None:
        raise PageError(f"{page}:{began}: the block has no end")
    return blocks


def short(page: Path) -> Path:
    """The page's path as a reader in the project's root would write it."""
    return page.relative_to(ROOT) if page.is_relative_to(ROOT) else page


def matches(expected: str, printed: str) -> bool:
    """Equal but for blanks at line ends, `...` standing for any text."""
    parts = [re.escape(part) for part in expected.strip().split("...")]
    lines = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return re.fullmatch(".*".join(parts), lines, re.DOTALL) is not None


def run_page(page: Path, blocks: list[Block], limit_s: float) -> list[str]:
    """Runs a page's blocks; what went wrong, one text a failure."""
    script = "set -euo pipefail\n" + "".join(
        f"{block.commands}\nprintf '\\n%s\\n' '{MARK} {i}'\n" for i, block in enumerate(blocks)
    )
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        process = subprocess.Popen(
            ["bash", "-c", script],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(timeout=limit_s)
            ending = f"exit code {process.returncode}"
        except subprocess.TimeoutExpired:
            ending = f"not finished after {limit_s:.0f} s"
        finally:
            end_session(process)
        output.seek(0)
        rest = output.read()
    failures = []
    for i, block in enumerate(blocks):
        printed, mark, rest = rest.partition(f"\n{MARK} {i}\n")
        where = f"{short(page)}:{block.line}"
        if not mark:
            failures.append(f"{where}: {ending}\n{block.commands}\n{printed}")
            break
        if block.expected is not None and not matches(block.expected, printed):
            failures.append(f"{where}: printed\n{printed}\nbut the page shows\n{block.expected}")
    return failures


def end_session(process: subprocess.Popen[bytes]) -> None:
    """Ends the page's shell and every background job it left."""
    for number, patience_s in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + patience_s
        try:
            os.killpg(process.pid, number)
            while time.monotonic() < deadline:
                process.poll()
                os.killpg(process.pid, 0)
                time.sleep(0.05)
        except ProcessLookupError:
            return


def main() -> int:
    """0 when every block of every page did what the page says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="read the pages, run nothing")
    parser.add_argument("--limit", type=float, default=300, help="seconds a page may take")
    parser.add_argument("pages", nargs="*", type=Path, help="default: README, CONTRIBUTING, docs/")
    arguments = parser.parse_args()
    pages = [page.resolve() for page in arguments.pages] or [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    ]
    failures: list[str] = []
    for page in pages:
        try:
            blocks = read_blocks(page)
        except PageError as error:
            failures.append(str(error))
            continue
        if arguments.check or not blocks:
            continue
        found = run_page(page, blocks, arguments.limit)
        failures += found
        verdict = "FAILED" if found else "ok"
        print(f"{verdict:7} {short(page)}: {len(blocks)} blocks", flush=True)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
