# SPDX-License-Identifier: Apache-2.0
"""Helpers of sPyNNaker 8."""

from spynnaker.pyNN.utilities import neo_compare, neo_convertor
