# SPDX-License-Identifier: Apache-2.0
"""PyNN on SpiNNaker by its oldest name."""

from spynnaker.pyNN import *
from spynnaker.pyNN import __all__, external_devices, extra_models

__path__: list[str] = []  # a package for `import spynnaker7.pyNN.external_devices`
