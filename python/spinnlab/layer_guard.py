# SPDX-License-Identifier: Apache-2.0
"""Copied into a layer (layers.py), where Python runs it at each start: pip may not remove what lies
in the environment below. pip leaves it alone, too, but calls that a success.
"""

import os
import sys

UNINSTALL = "uninstall"
#: Options of `pip uninstall` that are followed by a value.
VALUES = ("-r", "--requirement", "--log", "--proxy", "--cache-dir", "--retries", "--timeout")


def _runs_pip(words: list[str]) -> bool:
    before = words[: words.index(UNINSTALL)]
    names = [os.path.basename(word) for word in before]  # noqa: PTH119 (at each start: no pathlib)
    return "pip" in names or any(
        name.startswith(("pip", "__pip")) or "/pip/" in word
        for name, word in zip(names, before, strict=True)
    )


def _named(words: list[str]) -> list[str]:
    import re

    wanted: list[str] = []
    rest = iter(words[words.index(UNINSTALL) + 1 :])
    for word in rest:
        if word in ("-r", "--requirement"):
            try:
                with open(next(rest, ""), encoding="utf-8") as file:  # noqa: PTH123
                    wanted += [line for line in file.read().split("\n") if line[:1].isalnum()]
            except OSError:
                continue  # pip says it
        elif word in VALUES:
            next(rest, None)
        elif not word.startswith("-"):
            wanted.append(word)
    return [re.split(r"[\s<>=!~\[;@#]", word)[0] for word in wanted]


def _shared(names: list[str]) -> list[str]:
    """Those of the packages that are installed, and not in this environment."""
    from importlib import metadata

    inside = os.path.realpath(sys.prefix) + os.sep
    found = []
    for name in names:
        try:
            place = os.path.realpath(str(metadata.distribution(name).locate_file("")))
        except metadata.PackageNotFoundError:
            continue
        if not (place + os.sep).startswith(inside):
            found.append(name)
    return found


def _check(words: list[str]) -> None:
    if kept := _shared(_named(words)):
        sys.stderr.write(
            f"ERROR: shared with others, not of {sys.prefix}: {', '.join(kept)}. Nothing was "
            "removed.\nAnother version can be installed here, it then comes before the shared one: "
            "pip install 'NAME==VERSION'\n"
        )
        sys.stderr.flush()
        # An exception here would be shown as a failure of Python itself.
        os._exit(1)


if UNINSTALL in sys.orig_argv and _runs_pip(sys.orig_argv):
    _check(sys.orig_argv)
