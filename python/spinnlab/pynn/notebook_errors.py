# SPDX-License-Identifier: Apache-2.0
"""Errors in a notebook end at the line of the cell that made them.

What a person can mend by that line is shown without the calls inside this package. `%tb` shows
them all, and what may be a mistake of ours keeps them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from pyNN import errors as pynn_errors

from spinnlab.errors import SpinnlabError
from spinnlab.pynn.errors import (
    ConfigurationException,
    RunStoppedError,
    SpiNNUtilsException,
    SpynnakerException,
)

#: Mistakes of the script: their text says what to do.
MENDABLE = (
    ConfigurationException,
    NotImplementedError,
    RunStoppedError,
    SpiNNUtilsException,
    SpinnlabError,
    SpynnakerException,
    *(
        kind
        for kind in vars(pynn_errors).values()
        if isinstance(kind, type)
        and issubclass(kind, Exception)
        and kind.__module__ == pynn_errors.__name__
    ),
)
OURS = str(Path(__file__).parent.parent)
LIBRARIES = (OURS, sys.prefix, sys.base_prefix, "<frozen ")


def shorten_in_notebooks() -> None:
    """Has an effect where a notebook's kernel runs, and no other handler has been set."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and hasattr(shell, "kernel") and not shell.custom_exceptions:
        shell.set_custom_exc(MENDABLE, _show)


def _show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> list[str]:
    """IPython's handler: shows the traceback and returns it."""
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace  # for %tb
    short = up_to_the_script(trace)
    lines = shell.InteractiveTB.structured_traceback(kind, error, short, tb_offset=tb_offset)
    if short is not trace:
        lines = [*lines, "(%tb shows the calls inside SpiNNLab)"]
    shell._showtraceback(kind, error, lines)
    return list(lines)


def up_to_the_script(trace: TracebackType) -> TracebackType:
    """The same traceback without the calls below the last line that is the script's own.

    Whole where none of those calls is in this package.
    """
    frames = []
    step: TracebackType | None = trace
    while step is not None:
        frames.append(step)
        step = step.tb_next
    files = [frame.tb_frame.f_code.co_filename for frame in frames]
    last = max((k for k, file in enumerate(files) if not file.startswith(LIBRARIES)), default=-1)
    if last < 0 or not any(file.startswith(OURS) for file in files[last:]):
        return trace
    short: TracebackType | None = None
    for frame in reversed(frames[: last + 1]):
        short = TracebackType(short, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    assert short is not None
    return short
