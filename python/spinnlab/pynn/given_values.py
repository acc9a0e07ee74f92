# SPDX-License-Identifier: Apache-2.0
"""Values of parameters that PyNN refuses with an empty assertion, or one about its own arrays."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyNN.errors import InvalidParameterValueError, NonExistentParameterError


@contextmanager
def told_what_was_given(model: str, given: dict[str, Any]) -> Iterator[None]:
    """Errors about what a cell type or synapse type is made of say what that was."""
    try:
        yield
    except NonExistentParameterError:
        raise
    except (AssertionError, TypeError, ValueError) as error:
        values = ", ".join(f"{name}={reprlib.repr(value)}" for name, value in given.items())
        why = f" ({error})" if str(error) else ""
        kind = "lists of times" if "spike_times" in given else "real numbers"
        raise InvalidParameterValueError(
            f"{model}({values}) cannot be{why}: give {kind}, one for all or one for each."
        ) from error
