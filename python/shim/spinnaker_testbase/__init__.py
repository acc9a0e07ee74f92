# SPDX-License-Identifier: Apache-2.0
"""The base classes of sPyNNaker's own tests, on the native way of SpiNNLab."""

import os
import runpy
import sys
import unittest
from collections.abc import Callable, Iterable
from logging import LogRecord
from pathlib import Path

from spinnlab.absent_modules import answer_for_the_original as _answer
from spinnlab.pynn.errors import not_there as _not_there

_answer()


class BaseTestCase(unittest.TestCase):
    """What tests of sPyNNaker call."""

    def setUp(self) -> None:
        """Tests expect to run in the folder of their file, whose spynnaker.cfg counts."""
        self._enter(self._folder())

    def _folder(self) -> Path:
        file = sys.modules[self.__module__].__file__
        assert file is not None
        return Path(file).resolve().parent

    def _enter(self, folder: Path) -> None:
        self.addCleanup(os.chdir, Path.cwd())
        os.chdir(folder)

    def runsafe(
        self,
        method: Callable[[], object],
        retry_delay: float = 0.0,  # noqa: ARG002  the original's
        skip_exceptions: Iterable[type[BaseException]] | None = None,
    ) -> None:
        """Once: nothing here fails for a while and then does not."""
        try:
            method()
        except tuple(skip_exceptions or ()) as error:
            raise unittest.SkipTest(str(error)) from error

    def assert_not_spin_three(self) -> None:
        """The software machine has boards of 48 chips."""

    def assert_logs_messages(
        self,
        log_records: Iterable[LogRecord],
        sub_message: str,
        log_level: str = "ERROR",
        count: int = 1,
        allow_more: bool = False,
    ) -> None:
        """Fails unless so many messages of that level have the text in them."""
        seen = sum(
            record.levelname == log_level and sub_message in record.getMessage()
            for record in log_records
        )
        if seen != count and not (allow_more and seen > count):
            self.fail(f"{sub_message!r} was logged {seen} times, not {count}")

    def get_app_iobuf_files(self) -> list[str]:
        _not_there("text that cores print")

    def get_system_iobuf_files(self) -> list[str]:
        _not_there("text that cores print")

    def get_provenance_files(self) -> list[str]:
        _not_there("provenance of cores in files")


RootTestCase = BaseTestCase


class ScriptChecker(BaseTestCase):
    """Runs scripts that lie beside the folder of the tests, each in its own folder."""

    def check_script(
        self,
        script: str,
        broken_msg: str | None = None,  # noqa: ARG002  the original's
        skip_exceptions: Iterable[type[BaseException]] | None = None,
        use_script_dir: bool = True,
    ) -> None:
        """Fails where the script does; figures are drawn and not shown."""
        import matplotlib as mpl

        mpl.use("Agg")
        path = self._folder().parent / script
        if use_script_dir:
            self._enter(path.parent)
        self.runsafe(lambda: runpy.run_path(str(path)), skip_exceptions=skip_exceptions)
