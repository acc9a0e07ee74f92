# SPDX-License-Identifier: Apache-2.0
"""Shared symbols of files compiled for one instruction set are found, others are not."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "tools" / "check_isa_symbols.py"


@pytest.fixture
def check(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import check_isa_symbols

    return check_isa_symbols


def test_only_shared_symbols_outside_the_namespace_are_named(check):
    listing = "\n".join(
        [
            "                 U spinnlab::exp_accum(int)",
            "0000000000000000 T spinnlab::neurons::avx512_kernels()",
            "0000000000000000 t spinnlab::neurons::(anonymous namespace)::helper()",
            "0000000000000000 W void spinnlab::neurons::N_AVX3::advance<spinnlab::neurons::Lif>()",
            "0000000000000000 W hwy::SizeTag<260ul> hwy::TypeTag<int, void>()",
            "0000000000000000 W spinnlab::mul(int, int)",
            "0000000000000000 V spinnlab::neurons::table",
        ]
    )
    assert check.shared_symbols(listing, "N_AVX3") == [
        "spinnlab::mul(int, int)",
        "spinnlab::neurons::table",
    ]


def test_an_object_with_a_shared_function_fails(tmp_path):
    source = tmp_path / "kernels_avx2.cpp"
    source.write_text("inline int twice(int x) { return 2 * x; }\nint (*pointer)(int) = &twice;\n")
    command = ["c++", "-c", str(source), "-o", str(tmp_path / "kernels_avx2.cpp.o")]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("no compiler")
    found = subprocess.run(
        [sys.executable, str(CHECK), str(tmp_path / "kernels_avx2.cpp.o")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 1
    assert "kernels_avx2.cpp.o: defines the shared symbol twice(int)" in found.stdout
    nothing = subprocess.run(
        [sys.executable, str(CHECK)], check=False, capture_output=True, text=True
    )
    assert nothing.returncode == 2
