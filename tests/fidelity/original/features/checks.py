# SPDX-License-Identifier: Apache-2.0
"""What a feature script found out: it names each figure, and `finish()` tells the test.

A wrong figure does not stop the script, so that one run shows all of them.
"""

import sys

import numpy as np

_wrong = []
_right = 0

#: One unit of the machine's fixed-point numbers (s16.15).
ULP = 2.0**-15


def _note(what, good, text):
    global _right
    if good:
        _right += 1
    else:
        _wrong.append(f"{what}: {text}")


def equal(what, found, expected):
    """`found` is exactly `expected`; arrays and nested lists in every element."""
    a, b = np.asarray(found), np.asarray(expected)
    if a.shape != b.shape:
        _note(
            what, False, f"shape {a.shape}, not {b.shape}: {_short(found)}, not {_short(expected)}"
        )
        return
    differing = int(np.sum(a != b))
    _note(what, not differing, f"{differing} differ: {_short(found)}, not {_short(expected)}")


def same_lists(what, found, expected):
    """Two lists of lists, whose lengths may vary, hold the same numbers."""
    a, b = [list(map(float, row)) for row in found], [list(map(float, row)) for row in expected]
    differing = [i for i in range(max(len(a), len(b))) if a[i : i + 1] != b[i : i + 1]]
    first = differing[0] if differing else 0
    text = f"{len(differing)} of {len(b)} differ, first {first}: {a[first : first + 1]}"
    _note(what, not differing, f"{text}, not {b[first : first + 1]}")


def close(what, found, expected, relative=0.0, absolute=0.0):
    """Every element of `found` is within the tolerance of `expected`."""
    a, b = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    good = a.shape == b.shape and np.allclose(a, b, rtol=relative, atol=absolute)
    _note(what, good, f"{_short(found)}, not {_short(expected)}")


def between(what, found, low, high):
    """Every element of `found` lies in [low, high], and there is one."""
    a = np.asarray(found, dtype=float)
    _note(
        what,
        a.size > 0 and bool(np.all((a >= low) & (a <= high))),
        f"{_short(found)} is not in [{low}, {high}]",
    )


def holds(what, condition, facts=""):
    """The condition is true; `facts` are shown when it is not."""
    _note(what, bool(condition), facts or "does not hold")


def raises(what, kind, act, says=""):
    """`act()` raises an exception whose class is named `kind` and whose text contains `says`."""
    try:
        act()
    except Exception as error:
        names = [cls.__name__ for cls in type(error).__mro__]
        _note(what, kind in names and says in str(error), f"raised {error!r}")
    else:
        _note(what, False, f"raised nothing, not {kind}")


def finish():
    """The last call of a script: prints the line that the test looks for, or what was wrong."""
    if _wrong:
        sys.exit("\n".join([f"{len(_wrong)} of {_right + len(_wrong)} checks are wrong", *_wrong]))
    print(f"{_right} checks are right")


def _short(value):
    text = repr(np.asarray(value).tolist()) if not np.isscalar(value) else repr(value)
    return text if len(text) < 300 else text[:300] + "..."
