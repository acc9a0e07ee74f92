# SPDX-License-Identifier: Apache-2.0
"""Neo blocks as text."""

from spinnlab.pynn.neo_csv import NeoCsv
