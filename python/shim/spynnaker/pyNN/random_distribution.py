# SPDX-License-Identifier: Apache-2.0
"""PyNN's RandomDistribution, which knows `exponential_clipped`."""

from pyNN.random import RandomDistribution

import spynnaker.pyNN
