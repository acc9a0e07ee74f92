# SPDX-License-Identifier: Apache-2.0
"""Measures, and prints the difference from the recorded figures.

Usage: run.py --programs FOLDER [--record] [QUESTION ...]

Every file in questions/ is a question; without names all are asked. Exit code 1 if a scene gave a
wrong result; a figure that misses its limit is marked, since limits hold for a quiet computer.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from measure import Figure, WrongResultError

HERE = Path(__file__).resolve().parent
BASELINE = HERE / "baseline.json"
#: In the order in which they are asked, quick ones first.
QUESTIONS = (
    "neurons",
    "mapping",
    "networks",
    "interpreter",
    "idle",
    "allocator",
    "threads",
    "boards",
    "vogels_abbott",
    "synfire",
    "live",
    "notebook",
    "hub",
)


def computer() -> dict[str, Any]:
    """What the figures depend on."""
    first = Path("/proc/cpuinfo").read_text().partition("\n\n")[0]
    facts = {
        key.strip(): value.strip()
        for key, _, value in (line.partition(":") for line in first.splitlines())
    }
    flags = facts.get("flags", "").split()
    wide = next((name for name in ("avx512f", "avx2", "sse4_1") if name in flags), "scalar")
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    return {
        "processor": facts.get("model name", "unknown processor"),
        "family and model": f"{facts.get('cpu family', '?')} {facts.get('model', '?')}",
        "instructions": wide,
        "cores": os.cpu_count(),
        "memory_gb": round(memory_kb / 1024**2),
    }


def line(figure: Figure, recorded: float | None) -> str:
    difference = ""
    if recorded is not None:
        if recorded:
            change = f"{(figure.value - recorded) / recorded * 100:+.0f} %"
        else:
            change = "was 0" if figure.value else "the same"
        difference = f"recorded {recorded:8.2f}  {change:>8}"
    limit = ""
    if figure.limit is not None:
        word = "at least" if figure.more_is_better else "at most"
        limit = f"{word} {figure.limit:g}{'' if figure.within_limit else '  MISSED'}"
    return f"  {figure.name:<32} {figure.value:8.2f} {figure.unit:<17} {difference:<28} {limit}"


def ask(
    question: str, programs: Path, recorded: dict[str, Any], where: dict[str, Any]
) -> dict[str, Any]:
    """Asks one question, prints its figures, returns them as they are recorded."""
    module = importlib.import_module(f"questions.{question}")
    assert module.__doc__ is not None
    print(f"\n{question}: {module.__doc__.splitlines()[0]}", flush=True)
    print(f"  recorded: {where or 'nothing'}", flush=True)
    began = time.monotonic()
    figures = module.measure(programs)
    for figure in figures:
        before = recorded.get(figure.name, {}).get("value")
        print(line(figure, before).rstrip())
    print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    return {f.name: {"value": round(f.value, 3), "unit": f.unit} for f in figures}


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures; see bench/README.md.")
    parser.add_argument("--programs", type=Path, required=True, help="folder of our programs")
    parser.add_argument("--record", action="store_true", help="write the figures to baseline.json")
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=", ".join(QUESTIONS))
    arguments = parser.parse_args()
    for question in arguments.questions:
        if question not in QUESTIONS:
            parser.error(f"there is no question {question}; there are {', '.join(QUESTIONS)}")
    baseline = {"figures": {}, "recorded": {}}
    if BASELINE.exists():
        baseline = json.loads(BASELINE.read_text())
    here = computer()
    print(f"here:     {here}")
    wrong = []
    for question in arguments.questions or QUESTIONS:
        try:
            found = ask(
                question,
                arguments.programs,
                baseline["figures"].get(question, {}),
                baseline["recorded"].get(question, {}),
            )
        except WrongResultError as error:
            print(f"  WRONG: {error}")
            wrong.append(question)
            continue
        if arguments.record:
            baseline["figures"][question] = found
            baseline["recorded"][question] = here | {"date": datetime.date.today().isoformat()}
    if arguments.record and not wrong:
        BASELINE.write_text(json.dumps(baseline, indent=2) + "\n")
    if wrong:
        print(f"\nwrong results: {', '.join(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
