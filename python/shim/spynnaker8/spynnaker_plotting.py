# SPDX-License-Identifier: Apache-2.0
"""Panels for PyNN's Figure."""

from spynnaker.spynnaker_plotting import *
