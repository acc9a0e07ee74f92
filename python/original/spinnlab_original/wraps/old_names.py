# SPDX-License-Identifier: Apache-2.0
"""Former import names of sPyNNaker's packages; modules below them follow."""

from collections.abc import Mapping

#: Former name -> present name.
NAMES: Mapping[str, str] = {
    "spynnaker8": "spynnaker.pyNN",
    "spynnaker8.spynnaker_plotting": "spynnaker.spynnaker_plotting",
    "spynnaker8.spike_checker": "spynnaker.spike_checker",
    "spynnaker8.models.connectors": "spynnaker.pyNN.models.neural_projections.connectors",
    "spynnaker7": "spynnaker",
}
