# SPDX-License-Identifier: Apache-2.0
"""Projections by sPyNNaker's names."""

from spinnlab.pynn.projections import Projection
from spinnlab.pynn.projections import Projection as SpiNNakerProjection
