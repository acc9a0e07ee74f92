#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks the OSV data base for published advisories about what this project pins.

    tools/advisories.py [--service URL]

Looked at are the Python packages of tools/requirements-*.txt and the npm packages of every
package-lock.json that git knows. One line an advisory: the package, where it is pinned, the first
version without the fault. Exit code 0: none is known; 1: there are some; 2: nobody could be asked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lock_requirements import pinned

ROOT = Path(__file__).resolve().parent.parent
SERVICE = "https://api.osv.dev"
TIMEOUT_S = 60
#: The service takes no more questions at once.
MOST_AT_ONCE = 1000
NONE_KNOWN, SOME_KNOWN, NOT_ASKED = 0, 1, 2


class ServiceError(Exception):
    """The data base gives no answer that can be read."""


@dataclass(frozen=True, order=True)
class Package:
    """One version of a package, as the data base names it."""

    ecosystem: str
    name: str
    version: str


def python_packages(file: Path) -> Iterator[Package]:
    for name, version in pinned(file.read_text(encoding="utf-8")):
        yield Package("PyPI", name, version)


def npm_packages(file: Path) -> Iterator[Package]:
    """What a package-lock.json of npm 7 or newer installs."""
    for place, about in json.loads(file.read_text(encoding="utf-8"))["packages"].items():
        if "node_modules/" in place and not about.get("link") and "version" in about:
            name = about.get("name") or place.rpartition("node_modules/")[2]
            yield Package("npm", name, about["version"])


def all_pinned(root: Path) -> dict[Package, set[str]]:
    """Each package, with the files that pin it."""
    found: dict[Package, set[str]] = defaultdict(set)
    for file in sorted(root.glob("tools/requirements-*.txt")):
        for package in python_packages(file):
            found[package].add(str(file.relative_to(root)))
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*package-lock.json"],
        cwd=root, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        for package in npm_packages(root / name):
            found[package].add(name)
    return found


def ask(url: str, question: Any = None) -> Any:
    """Raises ServiceError."""
    data = None if question is None else json.dumps(question).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return json.load(answer)
    except (OSError, ValueError) as error:
        raise ServiceError(f"{url}: {error}") from error


def advisories(packages: list[Package], service: str) -> dict[Package, set[str]]:
    """Identifiers of the advisories about each package that has any. Raises ServiceError."""
    found: dict[Package, set[str]] = defaultdict(set)
    waiting = [(package, "") for package in packages]
    while waiting:
        now, waiting = waiting[:MOST_AT_ONCE], waiting[MOST_AT_ONCE:]
        queries = [
            {
                "package": {"name": package.name, "ecosystem": package.ecosystem},
                "version": package.version,
            }
            | ({"page_token": token} if token else {})
            for package, token in now
        ]
        answers = ask(f"{service}/v1/querybatch", {"queries": queries}).get("results", [])
        if len(answers) != len(now):
            raise ServiceError(f"{service}: {len(answers)} answers to {len(now)} questions")
        for (package, _), answer in zip(now, answers, strict=True):
            for advisory in (answer or {}).get("vulns", []):
                found[package].add(advisory["id"])
            if token := (answer or {}).get("next_page_token"):
                waiting.append((package, token))
    return found


def line_of(package: Package, files: set[str], about: dict[str, Any]) -> str:
    """What somebody has to know to mend it."""
    fixed = sorted(
        event["fixed"]
        for affected in about.get("affected", [])
        if affected.get("package", {}).get("name", "").lower() == package.name.lower()
        for span in affected.get("ranges", [])
        if span.get("type") != "GIT"
        for event in span.get("events", [])
        if "fixed" in event
    )
    names = " ".join([about["id"], *about.get("aliases", [])])
    repaired = f"mended in {', '.join(fixed)}" if fixed else "not mended yet"
    summary = " ".join(str(about.get("summary", "")).split())
    where = ", ".join(sorted(files))
    return f"{package.name} {package.version} ({where}): {names}: {summary} [{repaired}]"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--service", default=SERVICE, help=f"usually {SERVICE}")
    service = parser.parse_args().service.rstrip("/")
    packages = all_pinned(ROOT)
    try:
        found = advisories(sorted(packages), service)
        lines = [
            line_of(package, packages[package], ask(f"{service}/v1/vulns/{name}"))
            for package in sorted(found)
            for name in sorted(found[package])
        ]
    except ServiceError as error:
        print(
            f"Nobody was asked for advisories: {error}\n"
            f"This needs a network that reaches {service}. Nothing is known of the "
            f"{len(packages)} pinned packages, neither good nor bad.",
            file=sys.stderr,
        )
        return NOT_ASKED
    print("\n".join(lines) if lines else f"No advisory is known of {len(packages)} packages.")
    return SOME_KNOWN if lines else NONE_KNOWN


if __name__ == "__main__":
    sys.exit(main())
