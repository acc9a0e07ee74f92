# SPDX-License-Identifier: Apache-2.0
"""Runs a script as plain Python would, on our machine: `python -m spinnlab_original.run FILE ...`.

`-m MODULE ...` runs a module instead. The last line on standard error gives the wall times; the
exit code is the script's.
"""

from __future__ import annotations

from spinnlab import script_runner
from spinnlab_original import is_bare, start


def _last_line(whole_s: float) -> str:
    if is_bare():
        return f"wall time: whole {whole_s:.1f} s"
    from spinnlab_original.wraps import stages

    return stages.line(whole_s)


def main() -> None:
    """Entry point; ends with the script's exit code."""
    script_runner.main("spinnlab_original.run", start.begin, _last_line)


if __name__ == "__main__":
    main()
