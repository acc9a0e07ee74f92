# SPDX-License-Identifier: Apache-2.0
"""Names of SpiNNFrontEndCommon on the native way of SpiNNLab."""
