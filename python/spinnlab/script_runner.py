# SPDX-License-Identifier: Apache-2.0
"""Runs a script or a module as plain Python would; what both ways of `spinnlab run` share.

`python -m PROGRAM ([--python2] SCRIPT.py | -m MODULE) [ARGUMENT ...]`: the exit code is the
script's, the last line on standard error the program's.
"""

from __future__ import annotations

import atexit
import os
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import CodeType, ModuleType, TracebackType

from spinnlab import python2
from spinnlab.errors import SpinnlabError

#: Files whose frames stand above the script's; the programs that call main() add theirs.
_OURS = {__file__, runpy.__file__, "<frozen runpy>"}


def main(program: str, begin: Callable[[], object], last_line: Callable[[float], str]) -> None:
    """Entry point of `python -m PROGRAM`; ends with the script's exit code.

    `begin()` makes the environment ready and may raise SpinnlabError or OSError;
    `last_line(wall_s)` is asked when the script has ended.
    """
    _OURS.add(sys._getframe(1).f_code.co_filename)
    arguments = sys.argv[1:]
    is_python2 = arguments[:1] == ["--python2"]
    if is_python2:
        del arguments[0]
    if not arguments or arguments == ["-m"] or (is_python2 and arguments[0] == "-m"):
        sys.exit(f"usage: python -m {program} ([--python2] SCRIPT.py | -m MODULE) [ARGUMENT ...]")
    try:
        begin()
    except (SpinnlabError, OSError) as error:
        sys.exit(f"spinnlab run: {error}")
    sys.excepthook = _show_error
    # Registered before the script registers anything, so it runs after all of that.
    atexit.register(_print_last, last_line)
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        sys.path[0] = str(Path.cwd())
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        _run_script(arguments[0], is_python2)


def _run_script(script: str, is_python2: bool) -> None:
    """Executes `script` as the module __main__, with sys.path as `python script` sets it."""
    path = Path(script)
    try:
        source = path.read_bytes()
    except OSError as error:
        sys.exit(f"spinnlab run: cannot open {script}: {error.strerror}")
    sys.path[0] = str(path.resolve().parent)
    main_module = ModuleType("__main__")
    main_module.__file__ = script
    main_module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main_module
    code = _converted(source, script, main_module) if is_python2 else _compiled(source, script)
    exec(code, main_module.__dict__)


def _compiled(source: bytes, script: str) -> CodeType:
    try:
        return compile(source, script, "exec")
    except SyntaxError as error:
        if python2.is_python2(source.decode(errors="replace")):
            # No note: Python 3.11.2 does not print those of a SyntaxError.
            error.msg = f"{error.msg}\n{python2.hint(script)}"
        raise


def _converted(source: bytes, script: str, main_module: ModuleType) -> CodeType:
    """Code of a script of Python 2; shows what the conversion changes."""
    try:
        tree, changes = python2.convert(source.decode(errors="replace"), script)
    except SpinnlabError as error:
        sys.exit(f"spinnlab run: {error}")
    print(changes, end="", file=sys.stderr, flush=True)
    main_module.__dict__[python2.DIVIDED] = python2.divided
    return compile(tree, script, "exec")


def _print_last(last_line: Callable[[float], str]) -> None:
    sys.stdout.flush()
    print(last_line(_process_s()), file=sys.stderr)


def _process_s() -> float:
    """Wall time since this process began, in steps of 10 ms; early imports count too."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    began_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")  # proc(5): starttime, since boot
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began_s


def _show_error(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Prints a traceback as plain Python does: without the frames that lead to the script."""
    while trace is not None and trace.tb_frame.f_code.co_filename in _OURS:
        trace = trace.tb_next
    note = python2.hint_for(error, sys.argv[0])
    if note is not None:
        error.add_note(note)
    sys.__excepthook__(kind, error.with_traceback(trace), trace)
