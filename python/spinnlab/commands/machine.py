# SPDX-License-Identifier: Apache-2.0
"""`spinnlab machine ...`: machines printed, served, run and replayed by the compiled programs."""

from __future__ import annotations

import argparse
import os

from spinnlab.programs import find_program

#: What spinnlab-machine does by name; any other first word is a machine to print.
VERBS = ("print", "serve", "run", "record", "replay", "aplx", "load", "iobuf", "registers", "state")
#: The options that say which boards to serve; without one, jobs are served instead.
BOARD_OPTIONS = ("--width", "--height", "--board", "--version")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "machine",
        help="print a machine, or serve, run and replay one",
        usage="spinnlab machine [NAME | print NAME | serve ... | run APP.elf ... | replay FILE]",
        description="NAME is spin3, spin5, triad, frame, cabinet, million or WxH (chips). "
        "'serve' without board options runs the allocation daemon in the foreground, with them "
        "the boards themselves.",
        add_help=False,
    )
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(run=main)


def command(words: list[str]) -> tuple[str, list[str]]:
    """The program that does what `words` say, and its arguments."""
    if not words:
        return "spinnlab-machine", ["print", "spin5"]
    if words[0] == "serve" and not _names_boards(words[1:]) and not _asks_for_help(words[1:]):
        return "spallocd", words[1:]
    if words[0] in VERBS or _asks_for_help(words):
        return "spinnlab-machine", words
    return "spinnlab-machine", ["print", *words]


def _names_boards(words: list[str]) -> bool:
    return any(word.split("=")[0] in BOARD_OPTIONS for word in words)


def _asks_for_help(words: list[str]) -> bool:
    return bool(words) and words[0] in ("-h", "--help")


def main(arguments: argparse.Namespace) -> int:
    """Does not return: this process becomes the compiled program."""
    name, words = command(arguments.arguments)
    program = str(find_program(name))
    if name == "spallocd" and not any(w.split("=")[0] == "--machine-program" for w in words):
        words = ["--machine-program", str(find_program("spinnlab-machine")), *words]
    os.execv(program, [program, *words])
