# SPDX-License-Identifier: Apache-2.0
"""Runs one test of somebody else's suite: `runner.py FILE NAME`, NAME is function or Class.method.

The suite's root is on PYTHONPATH. Its base classes come from a package of test helpers that is not
published; `base.py` stands in for it. The last line says what came of it.
"""

import importlib
import importlib.util
import sys
import unittest
from pathlib import Path

import base

#: Modules of the helpers' package, all of them names for `base`.
STANDS_FOR = ["", ".base_test_case", ".root_test_case", ".script_checker"]


def load(file: Path, roots: list[str]):
    """Imports a test file under the name that its package gives it, or by its path."""
    for root in roots:
        if file.is_relative_to(root) and (file.parent / "__init__.py").exists():
            return importlib.import_module(".".join(file.relative_to(root).with_suffix("").parts))
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    file, name = Path(sys.argv[1]).resolve(), sys.argv[2]
    for suffix in STANDS_FOR:
        sys.modules["spinnaker_testbase" + suffix] = base
    try:
        module = load(file, sys.path)
    except ModuleNotFoundError as error:
        # sPyNNaker's tests also need packages that sPyNNaker itself does not.
        end(f"skipped: needs the module {error.name}")
    if "." in name:
        kind, method = name.split(".")
        case = getattr(module, kind)(method)
    else:
        case = unittest.FunctionTestCase(getattr(module, name))
        base.enter(file)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(case)
    if not result.wasSuccessful():
        sys.exit(1)
    end(f"skipped: {result.skipped[0][1]}" if result.skipped else f"passed{base.figures_said()}")


def end(text: str) -> None:
    """Prints the last line, one line whatever the text, and ends."""
    print("upstream: " + " ".join(text.split()))
    sys.exit(0)


if __name__ == "__main__":
    main()
