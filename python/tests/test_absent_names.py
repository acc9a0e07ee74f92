# SPDX-License-Identifier: Apache-2.0
"""What the native way sends people to the other kernel for is there."""

from __future__ import annotations

import json
import subprocess

from spinnlab.programs import native_python, original_python

LISTS = """
import json
from spinnlab.pynn import absent
print(json.dumps({
    "spynnaker.pyNN": absent.CONNECTORS + absent.SYNAPSES + absent.CURRENT_SOURCES,
    "spynnaker.pyNN.extra_models": absent.EXTRA_MODELS,
    "spynnaker.pyNN.external_devices": absent.EXTERNAL_DEVICES + absent.EXTERNAL_FUNCTIONS,
    "neither": sorted(absent.NEITHER),
}))
"""
MISSING = """
import importlib, json, sys
lists = json.loads(sys.argv[1])
del lists["neither"]
print(json.dumps(sorted(
    name for module, names in lists.items() for name in names
    if not hasattr(importlib.import_module(module), name)
)))
"""


def printed(python: str, code: str, *words: str) -> str:
    done = subprocess.run(
        [python, "-c", code, *words], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_the_original_has_what_is_said_to_be_there() -> None:
    lists = printed(str(native_python()), LISTS)
    missing = json.loads(printed(str(original_python()), MISSING, lists))
    assert missing == json.loads(lists)["neither"]
