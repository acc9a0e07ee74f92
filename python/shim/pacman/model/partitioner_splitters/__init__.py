# SPDX-License-Identifier: Apache-2.0
"""Splitters by PACMAN's names; the native way needs none."""

from spinnlab.pynn.splitters import (
    AbstractSplitterCommon,
    SplitterFixedLegacy,
    SplitterOneAppOneMachine,
    SplitterOneToOneLegacy,
    SplitterSliceLegacy,
)
