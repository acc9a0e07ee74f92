# SPDX-License-Identifier: Apache-2.0
"""Splitters of sPyNNaker and PACMAN: taken with any argument, without effect.

They chose how a population lies on cores; the native way finds that by itself, and results do not
depend on it.
"""

from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger("spinnlab")
_told = False


def tell_once() -> None:
    """One note in a session."""
    global _told  # noqa: PLW0603  a session says it once
    if not _told:
        _told = True
        logger.warning("Splitters have no effect: the native way lays out cores by itself.")


class AbstractSplitterCommon:
    """Any splitter."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        tell_once()


class SplitterFixedLegacy(AbstractSplitterCommon):
    """Slices of one size."""


class SplitterSliceLegacy(AbstractSplitterCommon):
    """Slices as resources allow."""


class SplitterOneToOneLegacy(AbstractSplitterCommon):
    """One core."""


class SplitterOneAppOneMachine(AbstractSplitterCommon):
    """One core."""


class AbstractSpynnakerSplitterDelay(AbstractSplitterCommon):
    """Any splitter that knows about delays."""


class SplitterDelayVertexSlice(AbstractSplitterCommon):
    """Slices of delay cores."""


class SplitterPopulationVertexFixed(AbstractSpynnakerSplitterDelay):
    """Neurons and synapses on one core."""


class SplitterPopulationVertexNeuronsSynapses(AbstractSpynnakerSplitterDelay):
    """Synapses on cores of their own."""


class SplitterPoissonDelegate(AbstractSpynnakerSplitterDelay):
    """Poisson sources beside their targets."""


SplitterAbstractPopulationVertexFixed = SplitterPopulationVertexFixed
SplitterAbstractPopulationVertexSlice = SplitterPopulationVertexFixed
SplitterAbstractPopulationVertexNeuronsSynapses = SplitterPopulationVertexNeuronsSynapses
SpynnakerSplitterFixedLegacy = SplitterFixedLegacy
SpynnakerSplitterSliceLegacy = SplitterSliceLegacy
