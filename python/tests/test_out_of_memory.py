# SPDX-License-Identifier: Apache-2.0
"""What can be said of a process that the system has ended because memory was short."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from spinnlab.hub import limits, settings

from spinnlab import out_of_memory

#: A server in a group: watches a child that takes too much, and says why it has gone.
SERVER = """
import os, subprocess, sys
for file in sys.argv[1:]:
    open(file, "w").write(str(os.getpid()))
from spinnlab import out_of_memory
grow = "kept = bytearray(400 << 20)\\nfor at in range(0, len(kept), 4096): kept[at] = 1"
for code in (grow, "import os; os.kill(os.getpid(), 9)"):
    child = subprocess.Popen([sys.executable, "-c", "input()\\n" + code], stdin=subprocess.PIPE)
    out_of_memory.end_first(child.pid)
    watch = out_of_memory.Watch.begin(child.pid)
    watch.look()
    child.communicate(b"\\n")
    print(child.returncode, watch.why_it_ended("this kernel", {os.getpid(): "the server"}))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make control groups")
def test_who_was_ended_for_memory_says_so_and_who_was_killed_does_not() -> None:
    groups = limits.find_groups()
    if groups is None or "memory" not in groups.folders:
        pytest.skip("this host gives no control groups for memory")
    name = f"test-{os.getpid()}"
    files = groups.make(name, settings.Limits(memory_mib=200, processes=50))
    try:
        done = subprocess.run(
            [sys.executable, "-c", SERVER, *map(str, files)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    finally:
        groups.remove(name)
    grown, killed = done.stdout.splitlines()
    print(grown)
    found = re.fullmatch(
        r"-9 Out of memory: used (\d+) of 200 MiB; largest: this kernel (\d+) MiB, the server "
        r"(\d+) MiB\. Shut down kernels that you do not need, or simulate less at once\.",
        grown,
    )
    assert found, grown
    used, kernel, server = (int(number) for number in found.groups())
    assert 190 <= used <= 200 and 120 < kernel <= 220 and 5 < server < 80
    assert killed.strip() == "-9"


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_version_2_is_read_with_the_groups_around(tmp_path: Path) -> None:
    write(tmp_path, cgroup__controllers="cpu memory")
    write(tmp_path / "all", memory__max=str(300 << 20))
    own = tmp_path / "all" / "ada"
    write(own, memory__max="max\n", memory__events="low 0\noom 3\noom_kill 2\n")
    write(own, memory__peak=str(299 << 20), cgroup__procs="12\n34\n")
    (tmp_path / "of").write_text("0::/all/ada\n")
    group = out_of_memory.own_group(tmp_path, tmp_path / "of")
    assert group is not None
    assert (group.kills(), group.limit_bytes(), group.peak_bytes()) == (2, 300 << 20, 299 << 20)
    assert group.processes() == [12, 34]


def test_version_1_is_read_and_its_largest_number_is_none(tmp_path: Path) -> None:
    own = tmp_path / "memory" / "ada"
    none = "9223372036854771712\n"
    write(own, memory__limit_in_bytes=none, memory__oom_control="under_oom 0\noom_kill 1\n")
    (tmp_path / "of").write_text("3:cpu,cpuacct:/\n2:memory:/ada\n0::/\n")
    group = out_of_memory.own_group(tmp_path, tmp_path / "of")
    assert group is not None
    assert (group.kills(), group.limit_bytes(), group.peak_bytes()) == (1, None, None)


@pytest.mark.parametrize("lines", ["", "0::/gone\n", "5:memory:/gone\n", "no colons\n"])
def test_without_a_group_nothing_is_guessed(tmp_path: Path, lines: str) -> None:
    write(tmp_path, cgroup__controllers="memory")
    (tmp_path / "of").write_text(lines)
    assert out_of_memory.own_group(tmp_path, tmp_path / "of") is None
    watch = out_of_memory.Watch(os.getpid(), None, 0, 0)
    assert watch.why_it_ended("this kernel", {}) == ""
