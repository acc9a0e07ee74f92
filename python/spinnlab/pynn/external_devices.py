# SPDX-License-Identifier: Apache-2.0
"""`sim.external_devices`: live input and output, devices; not in the native way yet."""

from __future__ import annotations

from spinnlab.pynn import absent

globals().update({name: absent.absent_class(name) for name in absent.EXTERNAL_DEVICES})
globals().update({name: absent.absent_function(name) for name in absent.EXTERNAL_FUNCTIONS})
