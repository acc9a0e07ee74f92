# SPDX-License-Identifier: Apache-2.0
"""Plots of PyNN 0.7's tables."""

from spinnlab.pynn.plotting import heat_plot, line_plot, plot_spikes
