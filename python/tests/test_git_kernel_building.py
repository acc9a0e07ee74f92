# SPDX-License-Identifier: Apache-2.0
"""support/automatic_make.sh: what the clones build, in how much memory, and where it ends.

The engine itself takes minutes: `SPINNLAB_SLOW=1`. What make builds is tested with a small
repository of a bare-metal program.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from spinnlab import engine_sources

from .conftest import ROOT, GitHome, git, repository

#: What a build may take, and how often it is looked at.
MEMORY_BYTES, EVERY_S = 2 << 30, 0.05
PROGRAM = """
#include "runtime.h"

PROGRAM("cubes");

void c_main(void) {
    for (unsigned i = 1; i <= 3; i++) {
        print("%u cubed is %u\\n", i, i * i * i);
    }
}
"""
MAKEFILE = """
RUNTIME := $(SPINNLAB_RUNTIME)
cubes.elf: cubes.c
\techo ran >> made.txt
\tarm-none-eabi-gcc -mcpu=arm968e-s -marm -mthumb-interwork -Os -std=gnu11 -ffreestanding \\
\t    -nostdlib -I"$(RUNTIME)" -T "$(RUNTIME)/program.ld" cubes.c "$(RUNTIME)"/*.c \\
\t    "$(RUNTIME)"/*.S -lgcc -o $@
"""


@pytest.fixture
def programs(tmp_path: Path, new_home: Callable[..., GitHome]) -> GitHome:
    """A sPyNNakerGit with a second source, whose folders `arm` and `behind` are made by make.

    The engine is left out: its tree has nothing to build with.
    """
    if shutil.which("arm-none-eabi-gcc") is None or shutil.which("make") is None:
        pytest.skip("no gcc-arm-none-eabi or make")
    source = repository(
        tmp_path / "programs",
        {
            "arm/cubes.c": PROGRAM,
            "arm/Makefile": MAKEFILE,
            "behind/Makefile": "all:\n\ttouch made.txt\n",
        },
    )
    engine = repository(tmp_path / "engine", {"README": "no engine here\n"})
    configuration = tmp_path / "git-kernel.toml"
    configuration.write_text(
        f'[[source]]\nname = "programs"\nurl = "{source}"\nmake = ["arm", "behind"]\n'
        f'[[source]]\nname = "SpiNNLab"\nurl = "{engine}"\n'
        "[variables]\n"
        f'SPINNLAB_RUNTIME = "{ROOT}/examples/bare_metal/runtime"\n'
    )
    return new_home(SPINNLAB_GIT_KERNEL_CONFIG=str(configuration))


def test_arm_programs_are_built_and_run_on_our_boards(programs: GitHome) -> None:
    made = programs.run("support/automatic_make.sh")
    elf = programs.folder / "programs" / "arm" / "cubes.elf"
    assert elf.is_file(), made.stdout + made.stderr
    assert (programs.folder / "programs" / "behind" / "made.txt").is_file()
    ran = programs.run(ROOT / ".venv/bin/python", "-m", "spinnlab", "machine", "run", elf)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["1 cubed is 1", "2 cubed is 8", "3 cubed is 27"]
    # Then the engine's clone, in which there is none.
    assert made.returncode == 1
    assert f"{programs.folder}/SpiNNLab" in made.stderr


def test_the_first_error_ends_it_with_the_folder(programs: GitHome) -> None:
    file = programs.folder / "programs" / "arm" / "cubes.c"
    file.write_text(file.read_text().replace("print(", "no_such_function("))
    made = programs.run("support/automatic_make.sh")
    assert made.returncode == 1
    assert f"spinnlab: {file.parent}: make ended with exit code 2" in made.stderr
    assert "no_such_function" in made.stderr
    assert not (programs.folder / "programs" / "behind" / "made.txt").exists()


def test_a_folder_that_is_not_there_is_named(programs: GitHome) -> None:
    shutil.rmtree(programs.folder / "programs" / "behind")
    made = programs.run("support/automatic_make.sh")
    assert made.returncode == 1
    assert f"{programs.folder}/programs/behind is not there" in made.stderr


def test_a_build_that_takes_too_much_memory_fails(programs: GitHome) -> None:
    folder = programs.folder / "programs" / "arm"
    (folder / "Makefile").write_text("all:\n\tpython3 -c 'x = bytearray(3 << 30)'\n")
    made = programs.run("support/automatic_make.sh", "--jobs", "1")
    assert made.returncode == 1
    assert "MemoryError" in made.stderr


class Memory:
    """The most that a process and its descendants held together, in bytes (RSS)."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        import psutil

        self.peak = 0
        self.root = psutil.Process(process.pid)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()

    def _watch(self) -> None:
        import psutil

        while not self.ended.wait(EVERY_S):
            held = 0
            try:
                family = [self.root, *self.root.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            for process in family:
                try:
                    held += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.peak = max(self.peak, held)

    def stop(self) -> int:
        self.ended.set()
        self.thread.join()
        return self.peak


def automatic_make(home: GitHome, *words: str) -> tuple[str, float, int]:
    """Output, seconds, and bytes at most of a build that succeeds."""
    began = time.monotonic()
    with subprocess.Popen(
        [str(home.folder / "support" / "automatic_make.sh"), *words],
        env=home.variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        memory = Memory(process)
        output, _ = process.communicate()
        peak = memory.stop()
    assert process.returncode == 0, output[-4000:]
    return output, time.monotonic() - began, peak


@pytest.mark.skipif("SPINNLAB_SLOW" not in os.environ, reason="SPINNLAB_SLOW is not set")
@pytest.mark.timeout(5400)
def test_the_engine_is_built_again_within_2_GiB(
    new_home: Callable[..., GitHome], tmp_path: Path
) -> None:
    home = new_home(CCACHE_DIR=str(tmp_path / "ccache"))
    tree = home.folder / "SpiNNLab"
    release = engine_sources.module_file(ROOT)
    before = release.stat().st_mtime, release.stat().st_ino
    errors = tree / "src" / "spinnlab" / "bindings" / "module.cpp"
    errors.write_text(errors.read_text().replace("compiled core:", "compiled core, changed:"))
    output, first_s, peak = automatic_make(home)
    print(f"\nfirst build {first_s:.0f} s, {peak / 2**20:.0f} MiB at most")
    assert peak < MEMORY_BYTES
    assert "[1/" in output, "no progress"
    told = home.run("bin/python", "-c", "import spinnlab._core as core; print(core.__doc__)")
    assert "changed" in told.stdout
    assert "built from these sources" in home.run("bin/spinnlab", "git-status").stdout
    assert before == (release.stat().st_mtime, release.stat().st_ino), "the release was touched"

    # Back to what was committed, from nothing: the compiler's cache has the rest.
    git(tree, "checkout", "--quiet", "src")
    shutil.rmtree(tree / "build")
    _, again_s, _ = automatic_make(home)
    print(f"again from the compiler's cache {again_s:.0f} s")

    errors.write_text("this is no C++\n")
    done = home.run("support/automatic_make.sh")
    assert done.returncode == 1
    assert f"spinnlab: {tree}: cmake ended with exit code" in done.stderr
    assert "module.cpp" in done.stdout + done.stderr
