# SPDX-License-Identifier: Apache-2.0
"""Populations by sPyNNaker's names."""

from pyNN.common import IDMixin
from spinnlab.pynn.assemblies import Assembly
from spinnlab.pynn.populations import Population, PopulationView
