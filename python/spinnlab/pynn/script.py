# SPDX-License-Identifier: Apache-2.0
"""Runs a script as plain Python would, the native way: `python -m spinnlab.pynn.script FILE ...`.

`-m MODULE ...` runs a module instead. The last line on standard error gives the wall times; the
exit code is the script's.
"""

from __future__ import annotations

import sys

from spinnlab import absent_modules, installation, script_runner


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


def _begin() -> None:
    installation.check()
    absent_modules.answer_for_the_original()


def _last_line(whole_s: float) -> str:
    parts = [f"{name} {s:.2f} s" for name, s in stage_seconds().items()]
    return f"wall time: {', '.join([*parts, f'whole {whole_s:.2f} s'])}"


def main() -> None:
    """Entry point; ends with the script's exit code."""
    script_runner.main("spinnlab.pynn.script", _begin, _last_line)


if __name__ == "__main__":
    main()
