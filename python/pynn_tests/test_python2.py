# SPDX-License-Identifier: Apache-2.0
"""Scripts of Python 2 are told apart, and run converted when asked to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spinnlab import python2

OLD = """\
import pyNN.spiNNaker as p
print "half of 7 is", 7 / 2
n = 7
n /= 2
for i in xrange(n):
    print i,
for key, value in {"a": 1.5}.iteritems():
    print key, value / 2
p.setup(1.0)
"""


def test_a_script_of_python_2_is_named_and_its_changes_are_shown(
    tmp_path: Path, run_script: Any
) -> None:
    (tmp_path / "old.py").write_text(OLD)
    refused = run_script("old.py")
    assert refused.returncode == 1
    assert "`spinnlab run --python2 old.py` runs a converted copy" in refused.stderr
    done = run_script("--python2", "old.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "half of 7 is 3\n0 1 2 a 0.75\n"
    assert '-print "half of 7 is", 7 / 2\n+print("half of 7 is", 7 / 2)\n' in done.stderr
    assert (tmp_path / "old.py").read_text() == OLD


@pytest.mark.parametrize(
    "line",
    ["for i in xrange(3): pass", "{}.iteritems()", "import ConfigParser", "raw_input()"],
)
def test_what_compiles_all_the_same_is_named_when_it_fails(
    tmp_path: Path, run_script: Any, line: str
) -> None:
    (tmp_path / "old.py").write_text(f"{line}\n")
    assert "--python2 old.py" in run_script("old.py").stderr


@pytest.mark.parametrize("line", ["for i in range(3) pass", "undefined_name", "x = 1.0.foo"])
def test_other_errors_are_not_taken_for_it(tmp_path: Path, run_script: Any, line: str) -> None:
    (tmp_path / "new.py").write_text(f"{line}\n")
    assert "Python 2" not in run_script("new.py").stderr
    if "range" in line:
        both = run_script("--python2", "new.py")
        assert both.returncode == 1
        assert "neither as Python 3 nor as Python 2" in both.stderr


def test_true_division_stays_where_the_script_asks_for_it(tmp_path: Path, run_script: Any) -> None:
    (tmp_path / "old.py").write_text("from __future__ import division\nprint 7 / 2\n")
    assert run_script("--python2", "old.py").stdout == "3.5\n"


def test_division_of_python_2() -> None:
    assert python2.divided(-7, 2) == -4
    assert python2.divided(7.0, 2) == 3.5
    assert python2.divided(np.array([7, 8]), 2).tolist() == [3, 4]
    assert python2.divided(np.array([7.0]), 2).tolist() == [3.5]
    assert python2.divided(np.int64(7), 2) == 3
