# SPDX-License-Identifier: Apache-2.0
"""The hub's data base cannot be written for a while: what people read, and that all comes back."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

#: SQLite's own.
WORDS = {"locked": "database is locked", "full": "database or disk is full"}


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a file system of its own that a test can fill."""
    folder = tmp_path_factory.mktemp("d")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0755", "tmpfs", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def hub(make_hub: Callable[..., Any], small_disk: Path) -> Any:
    hub = make_hub(folder=small_disk / "hub")
    hub.add("tdisk", "tlocked", "tfull")
    return hub


@pytest.fixture(scope="module")
def person(hub: Any) -> Any:
    person = hub.person("tdisk")
    person.sign_in()
    person.start()
    return person


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program, such as a backup that hangs, writes in it."""
    base = sqlite3.connect(file, isolation_level=None)
    base.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        base.execute("ROLLBACK")
        base.close()


@contextlib.contextmanager
def full(folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x")
    assert os.statvfs(folder).f_bavail == 0
    try:
        yield
    finally:
        filler.unlink()


def tries_to_come_in(hub: Any, trouble: str) -> requests.Response:
    answer: requests.Response = hub.person(f"t{trouble}").sign_in()
    return answer


@pytest.mark.parametrize("trouble", ["locked", "full"])
def test_what_cannot_be_stored_is_said_and_nothing_is_lost(
    hub: Any, person: Any, small_disk: Path, trouble: str
) -> None:
    kernel = person.new_kernel()
    kernel.run("kept = 6 * 7")
    in_trouble = locked(hub.folder / "hub.sqlite") if trouble == "locked" else full(small_disk)
    with in_trouble:
        refused = tries_to_come_in(hub, trouble)
        assert refused.status_code == 500
        assert f"cannot be used at the moment ({WORDS[trouble]})" in refused.text
        # Who is at work goes on.
        assert kernel.run("print(kept)") == "42\n"
    newcomer = hub.person(f"t{trouble}")
    assert newcomer.sign_in().status_code == 200 and newcomer.is_signed_in()
    assert person.is_signed_in()
    assert kernel.run("print(kept)") == "42\n"
    kernel.end()


NATIVE_RUN = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(10, sim.IF_curr_exp(i_offset=1.0))
cells.record('spikes')
sim.run(100)
print(sum(cells.get_spike_counts().values()) > 0)
sim.end()
"""


def test_with_a_full_disk_no_server_starts_and_those_that_run_compute(
    hub: Any, person: Any, small_disk: Path
) -> None:
    late = hub.person("tlocked")
    late.sign_in()
    with full(small_disk):
        late.get("/hub/spawn/tlocked")
        page = late.get("/hub/spawn-pending/tlocked")
        assert "Your server did not start" in page.text
        assert WORDS["full"] in page.text
        kernel = person.new_kernel()
        assert kernel.run(NATIVE_RUN).endswith("True\n")
        kernel.end()
    late.start()
    assert late.new_kernel().run("print(6 * 7)") == "42\n"
