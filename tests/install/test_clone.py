# SPDX-License-Identifier: Apache-2.0
"""A clean clone in a folder with spaces: both commands, twice, the second time without a network.

Takes minutes and, the first time, the network; runs with `SPINNLAB_SLOW=1` (`make install-test`).
What is cloned is the last commit, not the working tree.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROBE = Path(__file__).parent / "probe_lab.py"
#: Seconds in which a command that has nothing to install or build must be done.
AGAIN_S = 90

#: Brings the loopback interface of a new network namespace up (SIOCSIFFLAGS: up and running), then
#: becomes the command.
LOOPBACK = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x41))
os.execvp(sys.argv[1], sys.argv[1:])
"""
OFFLINE = ["unshare", "--map-root-user", "--net", sys.executable, "-c", LOOPBACK]
REACH_OUT = "import socket; socket.create_connection(('192.0.2.1', 53), 2)"

pytestmark = [
    pytest.mark.skipif("SPINNLAB_SLOW" not in os.environ, reason="SPINNLAB_SLOW is not set"),
    pytest.mark.timeout(2400),
]


@dataclass
class Clone:
    folder: Path
    home: Path
    #: Sockets and locks of the daemon; one that runs outside of a network namespace is not to be
    #: found inside.
    runtime: Path

    def run(self, *words: str) -> tuple[str, float]:
        """Output and seconds of a command in a person's shell: a home of their own, no display.

        Only the compiler's cache is that of the tests.
        """
        left_out = {
            "DISPLAY",
            "WAYLAND_DISPLAY",
            "VIRTUAL_ENV",
            "PYTHONPATH",
            "MAKEFLAGS",
            "MAKELEVEL",
        }
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in left_out and not name.startswith("SPINNLAB_")
        }
        cache = os.environ.get("CCACHE_DIR", str(Path.home() / ".cache" / "ccache"))
        began = time.monotonic()
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=kept
            | {"HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.runtime), "CCACHE_DIR": cache},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout + done.stderr, time.monotonic() - began


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    base = tmp_path_factory.mktemp("a folder with spaces")
    # Paths of sockets have to be short.
    runtime = Path(tempfile.mkdtemp(prefix="run"))
    made = Clone(base / "spinn lab", base / "home", runtime)
    made.home.mkdir()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(made.folder)], check=True)
    yield made
    shutil.rmtree(made.folder)
    shutil.rmtree(runtime)


@pytest.fixture(scope="module")
def offline() -> list[str]:
    """Words before a command that keep the network from it."""
    tried = subprocess.run([*OFFLINE, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"this system gives no network namespace: {tried.stderr.strip()}")
    reached = subprocess.run(
        [*OFFLINE, sys.executable, "-c", REACH_OUT], capture_output=True, text=True, check=False
    )
    assert "Network is unreachable" in reached.stderr, reached.stderr
    return OFFLINE


def check_demo(clone: Clone, *before: str) -> float:
    picture = clone.folder / "out" / "synfire.png"
    picture.unlink(missing_ok=True)
    output, seconds = clone.run(*before, "make", "demo")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "all 4,400 spikes agree, native and original" in output, output[-3000:]
    assert "7, 237, 467" in output, output[-3000:]
    return seconds


def check_lab(clone: Clone, *before: str) -> float:
    output, seconds = clone.run(*before, sys.executable, str(PROBE))
    seen = json.loads(output.splitlines()[-1])
    assert seen["page"] == "/lab/tree/SynfireExample.ipynb"
    assert seen["kernel"] == "spynnaker"
    assert {"spynnaker", "spynnaker_7.4.1"} <= set(seen["kernels"])
    return seconds


def times_of(folder: Path) -> dict[str, float]:
    """When the programs and the stamps of the environments were written."""
    files = [*folder.glob("build/release/bin/*"), *folder.glob("**/.spinnlab-stamp")]
    return {str(file.relative_to(folder)): file.stat().st_mtime for file in files}


def test_both_commands_twice_and_offline(clone: Clone, offline: list[str]) -> None:
    first = check_demo(clone), check_lab(clone)
    made = times_of(clone.folder)
    assert len(made) >= 5, made
    clone.runtime = clone.runtime / "offline"
    clone.runtime.mkdir(mode=0o700)
    again = check_demo(clone, *offline), check_lab(clone, *offline)
    assert times_of(clone.folder) == made, "the second time built or installed something"
    assert max(again) < AGAIN_S, again
    # Nothing of the original's configuration is left in the person's home.
    assert not list(clone.home.glob(".spynnaker*")), list(clone.home.iterdir())
    status, _ = clone.run("git", "status", "--porcelain")
    assert status == "", f"not ignored: {status}"
    print(
        f"\ndemo {first[0]:.0f} s, lab {first[1]:.0f} s; again {again[0]:.0f} s, {again[1]:.0f} s"
    )
