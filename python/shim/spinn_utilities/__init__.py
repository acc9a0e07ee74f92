# SPDX-License-Identifier: Apache-2.0
"""Names of SpiNNUtils on the native way of SpiNNLab."""
