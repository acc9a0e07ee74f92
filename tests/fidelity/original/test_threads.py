# SPDX-License-Identifier: Apache-2.0
"""Scripts on a machine of two threads write the recorded vectors, too."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import harness
import pytest
import test_golden

pytestmark = [
    *harness.needs_original,
    pytest.mark.skipif(harness.FIXED_BOARD, reason="SPINNLAB_BOARD names somebody's own board"),
]
#: Of this process alone, so that several test processes do not meet.
ADDRESS = f"127.77.{os.getpid() >> 8 & 0xFF}.{os.getpid() & 0xFF or 1}"


@contextlib.contextmanager
def machine(*options: str) -> Iterator[str]:
    """A board that ends with this process, whatever happens here."""
    words = [str(harness.PROGRAMS / "spinnlab-machine"), "serve", "--board", f"0,0={ADDRESS}"]
    words += ["--width", "8", "--height", "8", "--exit-with-stdin", *options]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield ADDRESS
        finally:
            process.stdin.close()
            process.wait(20)


# Three cores of neurons with delay cores; many cores over several chips.
@pytest.mark.parametrize("script", ["delays", "connect"])
def test_two_threads(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with machine("--threads", "2") as address:
        monkeypatch.setenv("SPINNLAB_BOARD", address)
        path = str(harness.HERE / "scripts" / f"{script}.py")
        harness.run(path, folder=tmp_path, variables={"OUT": str(tmp_path)})
    wrong = {
        name: found
        for name in test_golden.FILES[script]
        if (found := test_golden.differing_lines(name, tmp_path))
    }
    assert not wrong, {name: (len(found), found[:3]) for name, found in wrong.items()}
