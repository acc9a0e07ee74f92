# SPDX-License-Identifier: Apache-2.0
"""A board's management processor as the published SpiNNMan uses it."""

import pytest

pytestmark = [pytest.mark.original, pytest.mark.timeout(300)]


def test_power_off_and_on(run_published, serve, free_loopback_address):
    bmp = free_loopback_address()
    options = ("--width", "8", "--height", "8", "--version", "5", "--bmp", bmp)
    with serve(*options) as address:
        assert "switched off and on" in run_published("power_script.py", address, bmp)
