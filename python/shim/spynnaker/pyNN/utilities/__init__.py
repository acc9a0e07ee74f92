# SPDX-License-Identifier: Apache-2.0
"""Helpers of sPyNNaker."""

from spynnaker.pyNN.utilities import neo_compare, neo_convertor, utility_calls
