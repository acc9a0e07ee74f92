# SPDX-License-Identifier: Apache-2.0
"""SpiNNLab: a SpiNNaker machine in software, with everything around it."""

from importlib.metadata import version

__version__ = version("spinnlab")
