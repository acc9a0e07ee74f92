# SPDX-License-Identifier: Apache-2.0
"""Comparisons of Neo objects."""

from spynnaker.pyNN.utilities.neo_compare import *
