# SPDX-License-Identifier: Apache-2.0
"""Names of PACMAN on the native way of SpiNNLab."""
