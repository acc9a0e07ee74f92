# SPDX-License-Identifier: Apache-2.0
"""Splitters by sPyNNaker's names; the native way needs none."""

from spinnlab.pynn.splitters import (
    AbstractSpynnakerSplitterDelay,
    SplitterAbstractPopulationVertexFixed,
    SplitterAbstractPopulationVertexNeuronsSynapses,
    SplitterAbstractPopulationVertexSlice,
    SplitterDelayVertexSlice,
    SplitterPoissonDelegate,
    SplitterPopulationVertexFixed,
    SplitterPopulationVertexNeuronsSynapses,
    SpynnakerSplitterFixedLegacy,
    SpynnakerSplitterSliceLegacy,
)
