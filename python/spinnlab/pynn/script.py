# SPDX-License-Identifier: Apache-2.0
"""Runs a script as plain Python would, the native way: `python -m spinnlab.pynn.script FILE ...`.

`-m MODULE ...` runs a module instead. The last line on standard error gives the wall times; the
exit code is the script's.
"""

from __future__ import annotations

import atexit
import runpy
import sys
import time
from pathlib import Path
from types import ModuleType, TracebackType

from spinnlab import installation

USAGE = "usage: python -m spinnlab.pynn.script (SCRIPT.py | -m MODULE) [ARGUMENT ...]"


def _run_script(script: str) -> None:
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
    exec(compile(source, script, "exec"), main_module.__dict__)


def stage_seconds() -> dict[str, float]:
    """Wall seconds of the stages of all runs of the script."""
    simulator = sys.modules.get("spinnlab.pynn.simulator")
    if simulator is None:
        return {}
    seconds: dict[str, float] = {}
    state = simulator.state
    for run in [*state.past_runs, *([state.run_object] if state.run_object else [])]:
        for stage, s in run.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + s
    return seconds


def _print_times(began: float) -> None:
    whole_s = time.perf_counter() - began
    sys.stdout.flush()
    parts = [f"{name} {s:.2f} s" for name, s in stage_seconds().items()]
    print(f"wall time: {', '.join([*parts, f'whole {whole_s:.2f} s'])}", file=sys.stderr)


def _show_error(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
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
        installation.check()
    except installation.ForeignInstallationError as error:
        sys.exit(f"spinnlab run: {error}")
    installation.answer_for_the_original()
    sys.excepthook = _show_error
    # Registered before the script registers anything, so it runs after all of that.
    atexit.register(_print_times, began)
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        sys.path[0] = str(Path.cwd())
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        _run_script(arguments[0])


if __name__ == "__main__":
    main()
