# SPDX-License-Identifier: Apache-2.0
"""The name of sPyNNaker until 2021, on the native way of SpiNNLab."""

import sys as _sys

from spynnaker.pyNN import *
from spynnaker.pyNN import (
    __all__,
    external_devices,
    extra_models,
)

_sys.modules.setdefault("spynnaker8.external_devices", external_devices)
_sys.modules.setdefault("spynnaker8.extra_models", extra_models)
