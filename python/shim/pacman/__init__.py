# SPDX-License-Identifier: Apache-2.0
"""Names of PACMAN on the native way of SpiNNLab."""

from spinnlab.absent_modules import answer_for_the_original as _answer

_answer()
