# SPDX-License-Identifier: Apache-2.0
"""PyNN on SpiNNaker by its oldest name."""

from spynnaker.pyNN import *
from spynnaker.pyNN import __all__
