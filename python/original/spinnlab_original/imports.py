# SPDX-License-Identifier: Apache-2.0
"""Applies wraps to modules right after they have been imported, and answers to old names."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

#: What is done to a module once its own code has run.
Wrap = Callable[[ModuleType], None]


class AfterImport(MetaPathFinder):
    """Runs the wraps of a module when its import has finished; finds nothing by itself.

    The code of each module in the table, and its wraps, run inside `around()`.
    """

    def __init__(
        self,
        wraps: Mapping[str, Sequence[Wrap]],
        around: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._wraps = wraps
        self._around = around
        self._searching: set[str] = set()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  # the other finders get it from the parent
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        wraps = self._wraps.get(fullname)
        if wraps is None or fullname in self._searching:
            return None
        self._searching.add(fullname)
        try:
            spec = find_spec(fullname)
        finally:
            self._searching.discard(fullname)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            with self._around():
                execute(module)
                for wrap in wraps:
                    wrap(module)

        # A loader belongs to one spec, so only this module's execution is extended.
        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


class _AliasLoader(Loader):
    def __init__(self, real_name: str) -> None:
        self._real_name = real_name
        self._real_spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        try:
            module = importlib.import_module(self._real_name)
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f"No module named {spec.name!r}: its present name {self._real_name!r} does not "
                "exist in this release.",
                name=spec.name,
            ) from error
        self._real_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just stamped the old name on the module; it keeps its own.
        module.__spec__ = self._real_spec


class OldNames(MetaPathFinder):
    """Makes modules importable under former names; the module object is the same one."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        real = self.present_name(fullname)
        if real is None:
            return None
        return ModuleSpec(fullname, _AliasLoader(real), is_package=True)

    def present_name(self, fullname: str) -> str | None:
        """The name a module has today, or None when it is no former name. Longest match wins."""
        parts = fullname.split(".")
        for length in range(len(parts), 0, -1):
            real = self._names.get(".".join(parts[:length]))
            if real is not None:
                return ".".join([real, *parts[length:]])
        return None


def install(finder: MetaPathFinder) -> None:
    """Puts a finder of ours before the others, once a kind."""
    if not any(type(present) is type(finder) for present in sys.meta_path):
        sys.meta_path.insert(0, finder)
