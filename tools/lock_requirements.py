#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the hashes of the pinned packages into tools/requirements-*.txt.

    tools/lock_requirements.py [FILE...]            from the package index that pip is set to
    tools/lock_requirements.py --check [FILE...]    without a network: has every line its hashes?

A hash is that of a file which the index lists for the version: its source archive, and wheels for
Python 3.11 on Linux, x86-64 and AArch64. Versions and comments stay as they are: to renew a
package, change its version by hand and run this. pip then installs these files and no others.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)")
PYTHON_MINOR = 11
MACHINES = ("x86_64", "aarch64")
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
TIMEOUT_S = 60
#: Packages that are asked for at the same time.
AT_ONCE = 8


class LockError(Exception):
    """A file cannot be locked; the text says what to do."""


def index_url() -> str:
    """The index that pip is set to by its configuration or environment, else its own default."""
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    for words in (asked, [*asked[:-1], ":env:.index-url"]):
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.strip().rstrip("/")
    from pip._internal.models.index import PyPI  # checking needs no pip

    return str(PyPI.simple_url).rstrip("/")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def files_of(name: str, index: str) -> list[dict[str, Any]]:
    """What the index lists for a package. Raises LockError."""
    request = urllib.request.Request(f"{index}/{canonical(name)}/", headers={"Accept": SIMPLE_JSON})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return list(json.load(answer)["files"])
    except (OSError, ValueError, KeyError) as error:
        raise LockError(
            f"The package index has no list of {name} that can be read: {error}\n"
            "This needs a network, and an index that speaks JSON (PEP 691)."
        ) from error


def version_of(file: str) -> str | None:
    """The version in the name of a wheel or of a source archive; None for anything else."""
    if file.endswith(".whl"):
        return file.split("-")[1]
    stem = re.sub(r"\.(tar\.gz|tar\.bz2|zip)$", "", file)
    return stem.rpartition("-")[2] if stem != file else None


def is_for_us(file: str) -> bool:
    """Source archives, and wheels that Python 3.11 on one of MACHINES could take."""
    if not file.endswith(".whl"):
        return True
    pythons, abis, platforms = (tag.split(".") for tag in file[: -len(".whl")].split("-")[-3:])
    ours = "py3" in pythons or f"cp3{PYTHON_MINOR}" in pythons or f"py3{PYTHON_MINOR}" in pythons
    stable = "abi3" in abis and any(
        python.startswith("cp3") and python[3:].isdigit() and int(python[3:]) <= PYTHON_MINOR
        for python in pythons
    )
    return (ours or stable) and any(
        platform == "any" or (("linux" in platform and "musl" not in platform)
                              and platform.endswith(MACHINES))
        for platform in platforms
    )  # fmt: skip


def hashes(name: str, version: str, files: list[dict[str, Any]]) -> list[str]:
    """SHA-256 of the files of one version, sorted. Raises LockError where there is none."""
    # pip brings the rules of versions along.
    from pip._vendor.packaging.version import InvalidVersion, Version

    found = set()
    for file in files:
        stated = version_of(file["filename"])
        try:
            same = stated is not None and Version(stated.replace("_", "-")) == Version(version)
        except InvalidVersion:
            continue
        if same and is_for_us(file["filename"]) and "sha256" in file["hashes"]:
            found.add(file["hashes"]["sha256"])
    if not found:
        raise LockError(f"The package index has no file of {name} {version} for this project.")
    return sorted(found)


def pinned(text: str) -> Iterator[tuple[str, str]]:
    """Name and version of each package of a file."""
    for line in text.splitlines():
        if found := PINNED.match(line):
            yield found["name"], found["version"]


def locked(text: str, found: dict[tuple[str, str], list[str]]) -> str:
    """The file's text with these hashes in the place of those it has."""
    lines = []
    for line in text.splitlines():
        if line.startswith("    --hash="):
            continue
        lines.append(line)
        if match := PINNED.match(line):
            marker = line.partition(";")[2].rstrip(" \\")
            one = f"{match['name']}=={match['version']}" + (f" ;{marker}" if marker else "")
            of_it = found[match["name"], match["version"]]
            lines[-1] = " \\\n".join([one, *(f"    --hash=sha256:{digest}" for digest in of_it)])
    return "\n".join(lines) + "\n"


def lock(files: list[Path]) -> None:
    """Rewrites the files; those that are right already stay untouched. Raises LockError."""
    index = index_url()
    wanted = sorted({pin for file in files for pin in pinned(file.read_text(encoding="utf-8"))})
    names = sorted({name for name, _ in wanted})
    with ThreadPoolExecutor(AT_ONCE) as pool:
        listed = dict(zip(names, pool.map(lambda name: files_of(name, index), names), strict=True))
    found = {(name, version): hashes(name, version, listed[name]) for name, version in wanted}
    for file in files:
        before = file.read_text(encoding="utf-8")
        after = locked(before, found)
        if before != after:
            file.write_text(after, encoding="utf-8")
        print(f"{file.name}: {'as it was' if before == after else 'written'}")


def without_hashes(file: Path) -> list[str]:
    """Packages of a file that pip would install whatever the index gives for them."""
    lines = file.read_text(encoding="utf-8").splitlines()
    following = [*lines[1:], ""]
    return [
        line.strip()
        for line, after in zip(lines, following, strict=True)
        if line[:1].isalnum()
        and not (PINNED.match(line) and line.endswith("\\") and after.startswith("    --hash="))
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="only say which lines have no hash")
    arguments = parser.parse_args()
    files = arguments.files or sorted(ROOT.glob("tools/requirements-*.txt"))
    if arguments.check:
        bare = {file: missing for file in files if (missing := without_hashes(file))}
        for file, missing in bare.items():
            print(f"{file.name}: no hashes for {', '.join(missing)}", file=sys.stderr)
        return 1 if bare else 0
    try:
        lock(files)
    except LockError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
