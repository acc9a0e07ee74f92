# SPDX-License-Identifier: Apache-2.0
"""`spinnlab verify SCRIPT.py [ARGS]`: the native way against the published sPyNNaker."""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.programs import native_python, original_python

CAPTURE = "spinnlab.verify.capture"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "verify",
        help="run a script natively and on the published sPyNNaker, compare every bit",
        description="Runs SCRIPT.py the native way and with the published sPyNNaker on our "
        "machine, and compares all recorded spikes, samples and weights: bit for bit where the "
        "script draws no random number, else by distribution. Exit code 1 if they differ.",
    )
    parser.add_argument("--html", type=Path, help="also write a page with the traces laid over")
    parser.add_argument("script", metavar="SCRIPT.py")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(run=main)


def capture(name: str, command: list[str], file: Path, variables: dict[str, str]) -> float:
    """Runs a script in one environment; returns the wall seconds.

    Raises SpinnlabError with the end of its output when it fails.
    """
    began = time.perf_counter()
    done = subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    if not file.is_file():
        ending = (done.stdout + done.stderr)[-3000:]
        raise SpinnlabError(f"The script failed {name}:\n{ending}")
    return time.perf_counter() - began


def main(arguments: argparse.Namespace) -> int:
    """Exit code 0 when everything agrees, 1 when something differs."""
    from spinnlab.verify import compare, report

    if not Path(arguments.script).is_file():
        raise SpinnlabError(f"There is no script {arguments.script} in {Path.cwd()}.")
    words = [arguments.script, *arguments.arguments]
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "native.npz"), Path(folder, "original.npz")
        native_s = capture(
            "the native way",
            [str(native_python()), "-m", CAPTURE, str(ours), *words],
            ours,
            # The original's behaviour as it is, what looks unintended too.
            {"SPINNLAB_FAITHFUL": "1"},
        )
        original_s = capture(
            "on the original",
            [str(original_python()), "-m", "spinnlab_original.run", "-m", CAPTURE]
            + [str(theirs), *words],
            theirs,
            {"SPINNLAB_ORIGINAL_BARE": "1"},
        )
        native, original = compare.load(ours), compare.load(theirs)
    verdict = compare.compare(native, original)
    for finding in verdict.findings:
        mark = "DIFFERS" if finding.different else "equal"
        if not verdict.exact:
            mark = "APART" if finding.different else "alike"
        line = f"{mark:8} {finding.what}: {finding.compared:,} compared"
        print(line + (f", {finding.different:,} differ" if finding.different else ""))
        if finding.first:
            print(f"         first: {finding.first}")
    how = "bit for bit" if verdict.exact else "by distribution (it draws random numbers)"
    word = "agree" if verdict.agree else "DIFFER"
    print(f"{arguments.script}: native and original {word}, compared {how}")
    print(f"wall time: native {native_s:.1f} s, original {original_s:.1f} s")
    if arguments.html:
        report.write(arguments.html, arguments.script, verdict, native, original)
        print(f"report: {arguments.html}")
    return 0 if verdict.agree else 1
