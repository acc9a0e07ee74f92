# SPDX-License-Identifier: Apache-2.0
"""`sim.extra_models`: models that PyNN does not define."""

from __future__ import annotations

from spinnlab.pynn import absent
from spinnlab.pynn.cells import CELLS, PYNN_MODELS

globals().update({name: cell for name, cell in CELLS.items() if name not in PYNN_MODELS})
IFCurDelta = CELLS["IF_curr_delta"]
globals().update(
    {name: absent.absent_class(name) for name in absent.EXTRA_MODELS if name not in globals()}
)
