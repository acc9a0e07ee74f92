# SPDX-License-Identifier: Apache-2.0
"""Neo helpers of sPyNNaker 8."""

from spynnaker.pyNN.utilities.neo_convertor import *
