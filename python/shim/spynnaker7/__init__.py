# SPDX-License-Identifier: Apache-2.0
"""The name of sPyNNaker for PyNN 0.7, on the native way of SpiNNLab."""
