# SPDX-License-Identifier: Apache-2.0
"""np.int and its like, which left NumPy, in unmodified scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

OLD = """
import numpy as np
from numpy import *
import pyNN.spiNNaker as sim

def index(n):
    return np.int(n)

assert index(3.7) == 3 and np.int is int
assert np.zeros(3, dtype=np.float).dtype == np.float64
assert np.array([1], dtype=np.bool)[0] and np.object is object
from numpy import complex, str
assert complex is type(1j)
for _ in range(3):
    np.float(2)
try:
    np.integer_that_never_was
except AttributeError as error:
    assert "integer_that_never_was" in str(error)
else:
    raise AssertionError
import library
print("done")
"""


def test_scripts_get_the_old_names_with_one_line_each(tmp_path: Path, run_script: Any) -> None:
    (tmp_path / "old.py").write_text(OLD)
    (tmp_path / "library.py").write_text("import numpy\nassert numpy.int is int\n")
    done = run_script("old.py")
    assert done.returncode == 0, done.stderr
    assert "done" in done.stdout
    for name, plain in (("int", "int"), ("float", "float"), ("bool", "bool")):
        line = f"np.{name} left NumPy in 1.24: {plain} is taken, write that"
        assert done.stderr.count(line) == 1, done.stderr


def test_installed_code_asks_numpy_itself(tmp_path: Path) -> None:
    import numpy as np
    import pyNN.spiNNaker  # noqa: F401

    source = "import numpy\nfound = hasattr(numpy, 'int')\n"
    for file, expected in ((np.__file__, False), (str(tmp_path / "script.py"), True)):
        names: dict[str, Any] = {}
        exec(compile(source, file, "exec"), names)
        assert names["found"] is expected
