# SPDX-License-Identifier: Apache-2.0
"""What scripts ask sPyNNaker's data view about the simulation."""

from spinnlab.pynn.data_view import SpynnakerDataView
