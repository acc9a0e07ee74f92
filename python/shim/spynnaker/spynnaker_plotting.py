# SPDX-License-Identifier: Apache-2.0
"""Panels for PyNN's Figure."""

from spinnlab.pynn.plotting import (
    SpynnakerPanel,
    heat_plot_neo,
    heat_plot_numpy,
    plot_segment,
    plot_spikes_numpy,
    plot_spiketrains,
)
