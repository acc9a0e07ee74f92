# SPDX-License-Identifier: Apache-2.0
"""What passed on the original or at a hub is not run again until what it depends on has changed.

Tests marked `original`, and those of the hub, are most of the time of `make test`, and depend on
the programs, packages, scripts and vectors alone. So they are skipped, with this as the reason,
after they passed with the same ones; `make test AGAIN=1` runs all. A clean clone has nothing to
remember.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
#: Everything that a script on the original goes through, whether it is ours or not.
DEPENDS_ON = (
    "conftest.py",
    "pyproject.toml",
    "examples/**/*",
    "python/original/**/*.py",
    "python/shim/**/*.py",
    "python/spinnlab/**/*.py",
    "python/spinnlab/_core*.so",
    "python/spinnlab/hub/**/*",
    "python/tests/*.py",
    "tests/**/*",
    "tools/requirements-*.txt",
)
PROGRAMS = ("spallocd", "spinnlab-machine")
KEY = "spinnlab/passed on the original"
REASON = "passed with the same programs, packages and scripts (make test AGAIN=1 runs it)"


def is_remembered(test: pytest.Item | pytest.TestReport) -> bool:
    """Whether a test is one of those that are long and depend on files alone."""
    return "original" in test.keywords or test.nodeid.startswith("tests/system/hub/")


def fingerprint(root: Path, programs: Path) -> str:
    """Of the names and contents of all that these tests depend on."""
    files = {file for pattern in DEPENDS_ON for file in root.glob(pattern) if file.is_file()}
    files |= {programs / name for name in PROGRAMS if (programs / name).is_file()}
    digest = hashlib.sha256()
    for file in sorted(files):
        if "__pycache__" in file.parts or ".ipynb_checkpoints" in file.parts:
            continue
        digest.update(f"{file}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def remembers() -> bool:
    """Not where a variable of ours asks for more, or for another board or environment."""
    usual = {"SPINNLAB_BIN", "SPINNLAB_BUILD_DIR"}
    return not any(name.startswith("SPINNLAB_") and name not in usual for name in os.environ)


class Remembered:
    """Skips what passed, and notes what passes. Workers of xdist skip, their controller notes."""

    def __init__(self, config: pytest.Config) -> None:
        programs = Path(os.environ.get("SPINNLAB_BIN", ROOT / "build" / "release" / "bin"))
        self.cache = config.cache
        self.fingerprint = fingerprint(ROOT, programs)
        self.is_worker = hasattr(config, "workerinput")
        noted = self.cache.get(KEY, {}) if self.cache is not None else {}
        same = noted.get("fingerprint") == self.fingerprint
        self.passed: set[str] = set(noted["tests"]) if same else set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if is_remembered(item) and item.nodeid in self.passed:
                item.add_marker(pytest.mark.skip(reason=REASON))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed and is_remembered(report):
            self.passed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        if self.cache is not None and not self.is_worker:
            note = {"fingerprint": self.fingerprint, "tests": sorted(self.passed)}
            self.cache.set(KEY, note)


def pytest_configure(config: pytest.Config) -> None:
    if remembers():
        config.pluginmanager.register(Remembered(config), "remembered")
