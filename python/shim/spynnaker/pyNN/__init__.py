# SPDX-License-Identifier: Apache-2.0
"""What `import spynnaker.pyNN as sim` gives: the native way's PyNN back end."""

import sys as _sys

from spinnlab.pynn import *
from spinnlab.pynn import (
    __all__,
    connectors,
    errors,
    external_devices,
    extra_models,
)

# `import pyNN.spiNNaker.external_devices` and `import spynnaker.pyNN.extra_models`.
for _place in ("spynnaker.pyNN", "pyNN.spiNNaker"):
    _sys.modules.setdefault(f"{_place}.external_devices", external_devices)
    _sys.modules.setdefault(f"{_place}.extra_models", extra_models)
