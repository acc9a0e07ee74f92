# SPDX-License-Identifier: Apache-2.0
"""Our ARM core against Unicorn's ARM926 on random instruction sequences.

Needs the package `unicorn` and the program `arm_differential` of a build, which is looked for in
$SPINNLAB_BUILD_DIR/bin, else in the newest build/*/bin.
"""

import os
import pathlib
import struct
import subprocess
import sys
import zlib

import pytest
import unicorn
from unicorn import arm_const

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import arm_sequences

CASES_PER_SEED = 3000
SEEDS = range(8)
FLAGS = 0xF800_0000


def program():
    root = pathlib.Path(__file__).resolve().parents[3]
    if "SPINNLAB_BUILD_DIR" in os.environ:
        found = [pathlib.Path(os.environ["SPINNLAB_BUILD_DIR"]) / "bin" / "arm_differential"]
    else:
        found = list(root.glob("build/*/bin/arm_differential"))
    found = [path for path in found if path.exists()]
    if not found:
        pytest.fail(
            "arm_differential is not built: cmake --build build/release, or set SPINNLAB_BUILD_DIR"
        )
    return max(found, key=lambda path: path.stat().st_mtime)


def run_ours(cases):
    data = b"".join(
        struct.pack("<17I", address, cpsr, *r) + code for address, cpsr, r, code, _ in cases
    )
    out = subprocess.run([program()], input=data, stdout=subprocess.PIPE, check=True).stdout
    return list(struct.iter_unpack("<18I", out))


class Reference:
    REGISTERS = [
        *range(arm_const.UC_ARM_REG_R0, arm_const.UC_ARM_REG_R12 + 1),
        arm_const.UC_ARM_REG_SP,
        arm_const.UC_ARM_REG_LR,
    ]
    AFTER = [*REGISTERS, arm_const.UC_ARM_REG_PC, arm_const.UC_ARM_REG_CPSR]
    WINDOW = b"".join(
        struct.pack("<I", i * 2654435761 & 0xFFFF_FFFF)
        for i in range(0, arm_sequences.WINDOW_BYTES, 4)
    )

    def __init__(self):
        self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_ARM)
        self.uc.ctl_set_cpu_model(arm_const.UC_CPU_ARM_926)
        self.uc.mem_map(0, 0x8000)
        self.uc.mem_map(0x0040_0000, 0x1_0000)

    def run(self, address, cpsr, r, code, end):
        """The same 18 words as our program's."""
        uc = self.uc
        start = address & ~1
        uc.mem_write(arm_sequences.WINDOW_BASE, self.WINDOW)
        uc.mem_write(start, code)
        uc.ctl_remove_cache(start, start + len(code))
        uc.reg_write(arm_const.UC_ARM_REG_CPSR, cpsr | (address & 1) << 5)
        for register, value in zip(self.REGISTERS, r, strict=True):
            uc.reg_write(register, value)
        uc.emu_start(address, start + end)
        window = uc.mem_read(arm_sequences.WINDOW_BASE, arm_sequences.WINDOW_BYTES)
        return (*map(uc.reg_read, self.AFTER), zlib.crc32(window))


def describe(case, ours, theirs):
    address, cpsr, r, code, end = case
    names = [f"r{i}" for i in range(16)] + ["cpsr", "memory"]
    size = 2 if address & 1 else 4
    lines = [
        f"{'Thumb' if address & 1 else 'ARM'} at {address & ~1:#x}, cpsr {cpsr:#x}: "
        + " ".join(
            f"{int.from_bytes(code[i : i + size], 'little'):0{2 * size}x}"
            for i in range(0, end, size)
        ),
        "before: " + " ".join(f"{value:x}" for value in r),
    ]
    lines += [
        f"  {name}: ours {a:#x}, Unicorn {b:#x}"
        for name, a, b in zip(names, ours, theirs, strict=True)
        if a != b
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("seed", SEEDS)
def test_sequences_leave_the_same_state(seed):
    cases = arm_sequences.cases(seed, CASES_PER_SEED)
    results = run_ours(cases)
    assert len(results) == len(cases)
    reference = Reference()
    differences = []
    for case, ours in zip(cases, results, strict=True):
        theirs = list(reference.run(*case))
        ours = list(ours)
        ours[16] = ours[16] & FLAGS
        theirs[16] = theirs[16] & FLAGS
        if ours != theirs:
            differences.append(describe(case, ours, theirs))
    assert not differences, f"{len(differences)} of {len(cases)} differ:\n" + "\n".join(
        differences[:5]
    )
