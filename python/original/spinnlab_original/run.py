# SPDX-License-Identifier: Apache-2.0
"""Runs a script as plain Python would, on our machine: `python -m spinnlab_original.run FILE ...`.

`-m MODULE ...` runs a module instead. The last line on standard error gives the wall times; the
exit code is the script's.
"""

from __future__ import annotations

import atexit
import runpy
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from spinnlab.errors import SpinnlabError

from spinnlab_original import is_bare, start

USAGE = "usage: python -m spinnlab_original.run (SCRIPT.py | -m MODULE) [ARGUMENT ...]"


def _run_script(script: str) -> None:
    """Executes `script` as the module __main__, with sys.path as `python script` sets it."""
    path = Path(script)
    try:
        source = path.read_bytes()
    except OSError as error:
        sys.exit(f"spinnlab run: cannot open {script}: {error.strerror}")
    sys.path[0] = str(path.resolve().parent)
    main = ModuleType("__main__")
    main.__file__ = script
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    exec(compile(source, script, "exec"), main.__dict__)


def _run_module(name: str) -> None:
    sys.path[0] = str(Path.cwd())
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def _print_times(began: float) -> None:
    whole_s = time.perf_counter() - began
    sys.stdout.flush()
    if is_bare():
        print(f"wall time: whole {whole_s:.1f} s", file=sys.stderr)
    else:
        from spinnlab_original.wraps import stages

        print(stages.line(whole_s), file=sys.stderr)


def _show_error(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """Prints a traceback as plain Python does: without the frames of this module."""
    while trace is not None and trace.tb_frame.f_code.co_filename in (__file__, runpy.__file__):
        trace = trace.tb_next
    sys.__excepthook__(kind, error, trace)


def main() -> None:
    """Entry point; ends with the script's exit code."""
    began = time.perf_counter()
    arguments = sys.argv[1:]
    if not arguments or arguments == ["-m"]:
        sys.exit(USAGE)
    try:
        start.begin()
    except (SpinnlabError, OSError) as error:
        sys.exit(f"spinnlab run: {error}")
    sys.excepthook = _show_error
    # Registered before the script registers anything, so it runs after all of that.
    atexit.register(_print_times, began)
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        _run_module(arguments[1])
    else:
        sys.argv = arguments
        _run_script(arguments[0])


if __name__ == "__main__":
    main()
