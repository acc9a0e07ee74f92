# SPDX-License-Identifier: Apache-2.0
"""Exceptions of SpiNNFrontEndCommon."""

from spinnlab.pynn.errors import ConfigurationException
