# SPDX-License-Identifier: Apache-2.0
"""Spellings of state variables."""

#: Spellings of initial values that older scripts use as parameters.
OLD_STATE_NAMES = {"v_init": "v", "u_init": "u", "isyn_exc_init": "isyn_exc"}
