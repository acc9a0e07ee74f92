# SPDX-License-Identifier: Apache-2.0
"""Checks of spike tables, which sPyNNaker's tests and examples use."""

from spinnlab.pynn.spike_checker import synfire_multiple_lines_spike_checker, synfire_spike_checker
