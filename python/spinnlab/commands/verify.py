# SPDX-License-Identifier: Apache-2.0
"""`spinnlab verify SCRIPT.py [--html [PAGE.html]]`: the native way against the original."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from spinnlab.errors import SpinnlabError
from spinnlab.programs import native_python, original_python

CAPTURE = "spinnlab.verify.capture"
USAGE = "spinnlab verify SCRIPT.py [--html [PAGE.html]] [--rng spinnaker] [-- ARGUMENT ...]"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "verify",
        help="run a script natively and on the published sPyNNaker, compare every bit",
        description="Runs SCRIPT.py the native way and with the published sPyNNaker on our "
        "machine, and compares all recorded spikes, samples and weights: bit for bit where the "
        "script draws no random number, else by distribution. --html also writes a page with the "
        "traces of both laid over each other. --rng spinnaker draws natively from the original's "
        "own random streams, where populations have seeds. Exit code 1 if they differ.",
        usage=USAGE,
        # Options stand on either side of the script; `read_order` finds them.
        prefix_chars="\0",
        add_help=False,
    )
    parser.set_defaults(parser=parser)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(run=main)


@dataclass(frozen=True)
class Order:
    """What is to be verified, and how."""

    #: The script with its own arguments.
    words: list[str]
    page: Path | None = None
    rng: str = ""


def read_order(words: list[str]) -> Order:
    """Our options may stand on either side of the script. Behind `--` everything is the script's.

    Raises SpinnlabError where there is no script.
    """
    ours, theirs = words, []
    if "--" in words:
        place = words.index("--")
        ours, theirs = words[:place], words[place + 1 :]
    kept: list[str] = []
    page: str | None = None
    rng = ""
    rest = list(ours)
    while rest:
        word = rest.pop(0)
        if word == "--html":
            page = rest.pop(0) if rest and rest[0].endswith(".html") else ""
        elif word.startswith("--html="):
            page = word.removeprefix("--html=")
        elif word == "--rng":
            rng = rest.pop(0) if rest else "none"
        elif word.startswith("--rng="):
            rng = word.removeprefix("--rng=")
        else:
            kept.append(word)
    if not kept or kept[0].startswith("-") or rng not in ("", "spinnaker", "spinnlab"):
        raise SpinnlabError(f"usage: {USAGE}")
    if page == "":
        page = f"{Path(kept[0]).stem}.html"
    return Order(kept + theirs, None if page is None else Path(page), rng)


def capture(name: str, command: list[str], file: Path, variables: dict[str, str]) -> float:
    """Runs a script in one environment; returns the wall seconds.

    Raises SpinnlabError with the end of its output when it fails.
    """
    began = time.perf_counter()
    done = subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode != 0 or not file.is_file():
        ending = (done.stdout + done.stderr)[-3000:]
        raise SpinnlabError(f"The script failed {name}, exit code {done.returncode}:\n{ending}")
    print(f"ran {name} in {seconds:.1f} s", file=sys.stderr, flush=True)
    return seconds


def main(arguments: argparse.Namespace) -> int:
    """Exit code 0 when everything agrees, 1 when something differs."""
    from spinnlab.verify import compare, report

    if arguments.arguments[:1] in (["-h"], ["--help"]):
        arguments.parser.print_help()
        return 0
    order = read_order(arguments.arguments)
    words, page, script = order.words, order.page, order.words[0]
    if not Path(script).is_file():
        raise SpinnlabError(f"There is no script {script} in {Path.cwd()}.")
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "native.npz"), Path(folder, "original.npz")
        native_s = capture(
            "natively",
            [str(native_python()), "-m", CAPTURE, str(ours), *words],
            ours,
            # The original's behaviour as it is, what looks unintended too.
            {"SPINNLAB_FAITHFUL": "1"} | ({"SPINNLAB_RNG": order.rng} if order.rng else {}),
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
        line = f"{finding.word:8} {finding.what}: {finding.compared:,} compared"
        if finding.different and not finding.by_distribution:
            line += f", {finding.different:,} differ"
        print(line)
        if finding.detail:
            first = "" if finding.by_distribution else "first: "
            print(f"         {first}{finding.detail}")
    for text in verdict.left_out:
        print(f"left out {text}")
    for text in compare.drawn(native, original):
        print(f"random   {text}")
    word = "agree" if verdict.agree else "DIFFER"
    print(f"{script}: native and original {word}, compared {verdict.how}")
    for finding in verdict.firsts:
        print(f"first difference {finding.where}: {finding.what}, {finding.detail}")
    print(f"wall time: native {native_s:.1f} s, original {original_s:.1f} s")
    if page:
        report.write(page, script, verdict, native, original)
        print(f"report: {page}")
    return 0 if verdict.agree else 1
