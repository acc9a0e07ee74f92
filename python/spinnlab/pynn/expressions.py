# SPDX-License-Identifier: Apache-2.0
"""Formulas in distances or indexes, as sPyNNaker's scripts write them: texts."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from pyNN.core import IndexBasedExpression

from spinnlab.pynn.errors import SpynnakerException, not_there

#: What a formula may use beside its variables, as in the original.
FUNCTIONS = {
    name: getattr(np, name)
    for name in (
        "arccos", "arcsin", "arctan", "arctan2", "ceil", "cos", "cosh", "exp", "fabs", "floor",
        "fmod", "hypot", "ldexp", "log", "log10", "maximum", "minimum", "power", "sin", "sinh",
        "sqrt", "tan", "tanh", "e", "pi",
    )
} | {"abs": np.abs, "math": np, "numpy": np}  # fmt: skip


class Formula:
    """A text, compiled; `variables` are the names that it is about."""

    def __init__(self, text: str, *variables: str) -> None:
        self.text, self.variables = text, variables
        try:
            self._code = compile(text.strip(), "<formula>", "eval")
        except SyntaxError as error:
            raise SpynnakerException(f"{text!r} is not an expression: {error.msg}") from error
        own = {name for name in self._code.co_names if name not in dir(np)}
        unknown = own - {*variables, *FUNCTIONS}
        if unknown:
            raise SpynnakerException(
                f"{text!r}: {', '.join(sorted(unknown))} cannot be used; there are "
                f"{', '.join(variables)} and NumPy's functions."
            )

    def evaluate(self, *values: Any) -> Any:
        """The value for arrays of the variables, one for each of their elements."""
        known = dict(zip(self.variables, values, strict=True))
        value = eval(self._code, {"__builtins__": {}, **FUNCTIONS}, known)
        return np.broadcast_to(np.asarray(value, dtype=float), np.shape(values[0]))[()]


class DistanceExpression:
    """A weight or delay as a formula in `d`, the distance: PyNN calls it with distances."""

    def __init__(self, text: str) -> None:
        if re.search(r"\bd\s*\[", text):
            not_there(f"a distance by coordinates ({text!r})")
        self.formula = Formula(text, "d")

    def __call__(self, d: Any) -> Any:
        return self.formula.evaluate(d)


class IndexExpression(IndexBasedExpression):
    """A probability as a formula in `i` and `j`, source and target."""

    def __init__(self, text: str) -> None:
        self.formula = Formula(text, "i", "j")

    def __call__(self, i: Any, j: Any) -> Any:
        i, j = np.broadcast_arrays(i, j)
        return self.formula.evaluate(i, j)


def value(given: Any) -> Any:
    """A weight or delay as PyNN takes it."""
    return DistanceExpression(given) if isinstance(given, str) else given
