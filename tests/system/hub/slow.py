# SPDX-License-Identifier: Apache-2.0
"""The mark of tests that wait for clocks or move a lot of data; `make hub-test` runs them too."""

from __future__ import annotations

import os

import pytest

slow = pytest.mark.skipif(
    "SPINNLAB_SLOW" not in os.environ, reason="SPINNLAB_SLOW is not set (make hub-test)"
)
