# SPDX-License-Identifier: Apache-2.0
"""Comparisons of Neo objects."""

from spinnlab.pynn.neo_compare import (
    compare_analogsignal,
    compare_blocks,
    compare_segments,
    compare_spiketrain,
    compare_spiketrains,
)
