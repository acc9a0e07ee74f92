# SPDX-License-Identifier: Apache-2.0
"""Modules of the original that we lack: they can be imported, what is in them says who has it."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

from spinnlab.errors import OTHER_KERNEL
from spinnlab.installation import SHIM

#: Packages of the original of which we have nothing.
ABSENT = (
    "spinnman", "spinn_machine", "spalloc_client", "spinnaker_graph_front_end",
    "data_specification", "python_models8", "spinn_storage_handlers",
)  # fmt: skip


class AbsentModule(ModuleType):
    """A module of the original: it can be imported; using what is in it says who has it."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"Only the original has this module. {OTHER_KERNEL}")
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        from spinnlab.pynn.absent import absent_class

        made = absent_class(name)
        setattr(self, name, made)
        return made


class AbsentModules:
    """A finder and loader that stands last and answers for the original's modules."""

    @classmethod
    def find_spec(
        cls, name: str, _path: object = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in SHIM + ABSENT:
            return ModuleSpec(name, cls, is_package=True)  # type: ignore[arg-type]
        return None

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        return AbsentModule(spec.name)

    @staticmethod
    def exec_module(_module: ModuleType) -> None:
        """Nothing is in it."""


def answer_for_the_original() -> None:
    """From now on modules of the original that we lack can be imported."""
    if AbsentModules not in sys.meta_path:
        sys.meta_path.append(AbsentModules)
