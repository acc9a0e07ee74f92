# SPDX-License-Identifier: Apache-2.0
"""Lets PyNN's `import csa` wait until a script uses it.

csa imports matplotlib.pyplot for its plots: as much time as all else that `import pyNN.spiNNaker`
takes, for a connector that few scripts have. Imported before PyNN.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType


class _Later(ModuleType):
    """A module that is executed when it is first asked for something.

    `importlib.util.LazyLoader` would not do: Python 3.11's import statement itself asks the module
    for its `__spec__`, which is enough to load it.
    """

    def __getattr__(self, name: str) -> object:
        self.__class__ = ModuleType  # type: ignore[assignment]
        spec = self.__spec__
        assert spec is not None and spec.loader is not None
        try:
            spec.loader.exec_module(self)
        except BaseException:
            self.__class__ = _Later  # whoever asks again is told the reason again
            raise
        return getattr(self, name)


def _put_off(name: str) -> None:
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return  # PyNN says that it is not there
    module = _Later(name)
    module.__spec__ = spec
    module.__loader__ = spec.loader
    module.__file__ = spec.origin
    module.__package__ = name
    module.__path__ = list(spec.submodule_search_locations or [])
    sys.modules[name] = module


_put_off("csa")
