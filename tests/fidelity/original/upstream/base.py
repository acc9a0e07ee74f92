# SPDX-License-Identifier: Apache-2.0
"""The base classes that sPyNNaker's tests and its example scripts' tests derive from, by our words.

A script must end without an error, and each figure that it shows must have data in it.
"""

import os
import runpy
import sys
import unittest
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from spinn_front_end_common.data import FecDataView

_figures: list[int] = []


def enter(file: Path) -> None:
    """Tests expect to run in the folder of their file, whose spynnaker.cfg counts."""
    os.chdir(file.parent)


def names_in(folder: str) -> list[str]:
    """Names of the files in a folder."""
    return [path.name for path in Path(folder).iterdir()]


def figures_said() -> str:
    """How many figures the scripts have shown."""
    return f", {len(_figures)} figures" if _figures else ""


def _show(*_args, **_words) -> None:
    """In the place of pyplot.show: every figure has an axis with something drawn into it."""
    for number in plt.get_fignums():
        axes = plt.figure(number).axes
        drawn = [
            1
            for axis in axes
            for thing in (*axis.lines, *axis.collections, *axis.images, *axis.patches)
            if not hasattr(thing, "get_xdata") or len(thing.get_xdata()) > 0
        ]
        if not drawn:
            raise AssertionError(f"figure {number} with {len(axes)} axes shows nothing")
        _figures.append(number)
    plt.close("all")


class BaseTestCase(unittest.TestCase):
    """What tests of sPyNNaker call."""

    def setUp(self) -> None:
        enter(Path(sys.modules[self.__module__].__file__))

    def runsafe(self, method, retry_delay=0.0, skip_exceptions=()) -> None:
        """Once: on our machine nothing fails for a while and then does not."""
        try:
            method()
        except tuple(skip_exceptions) as error:
            raise unittest.SkipTest(str(error)) from error

    @staticmethod
    def assert_not_spin_three() -> None:
        """Our boards have 48 chips."""

    @staticmethod
    def report(message: str, file_name: str) -> None:
        with Path(FecDataView.get_global_reports_dir(), file_name).open("a") as file:
            file.write(message + "\n")

    def assert_logs_messages(
        self, log_records, sub_message, log_level="ERROR", count=1, allow_more=False
    ) -> None:
        seen = sum(r.levelname == log_level and sub_message in str(r.msg) for r in log_records)
        if seen != count and not (allow_more and seen > count):
            self.fail(f"{sub_message!r} was logged {seen} times, not {count}")

    @staticmethod
    def get_app_iobuf_files() -> list[str]:
        return names_in(FecDataView.get_app_provenance_dir_path())

    @staticmethod
    def get_system_iobuf_files() -> list[str]:
        return names_in(FecDataView.get_system_provenance_dir_path())

    def check_binaries_used(self, binaries) -> None:
        used = {Path(name).name for name in FecDataView.get_executable_targets().binaries}
        for binary in binaries:
            # One of the callers leaves the ending out.
            self.assertIn(binary.removesuffix(".aplx") + ".aplx", used)

    def check_binary_used(self, binary) -> None:
        self.check_binaries_used([binary])


RootTestCase = BaseTestCase


class ScriptChecker(BaseTestCase):
    """Runs scripts of the suite's root, each in its own folder."""

    def setUp(self) -> None:
        plt.show = _show

    def check_script(self, script, broken_msg=None, skip_exceptions=(), use_script_dir=True):
        path = Path(sys.modules[self.__module__].__file__).parent.parent / script
        enter(path)
        shown = len(_figures)
        self.runsafe(lambda: runpy.run_path(str(path)), skip_exceptions=skip_exceptions or ())
        text = path.read_text()
        if "pyplot" in text and "show(" in text and len(_figures) == shown:
            self.fail(f"{script} imports pyplot, and shows no figure")
