# SPDX-License-Identifier: Apache-2.0
"""The name of sPyNNaker for PyNN 0.7, on the native way of SpiNNLab."""

import sys as _sys

from spynnaker.pyNN import external_devices, extra_models

for _name, _module in (("external_devices", external_devices), ("extra_models", extra_models)):
    _sys.modules.setdefault(f"spynnaker7.pyNN.{_name}", _module)
