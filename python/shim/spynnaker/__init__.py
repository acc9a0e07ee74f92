# SPDX-License-Identifier: Apache-2.0
"""Names of sPyNNaker on the native way of SpiNNLab."""
