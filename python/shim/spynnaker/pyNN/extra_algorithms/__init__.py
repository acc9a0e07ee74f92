# SPDX-License-Identifier: Apache-2.0
"""Algorithms of sPyNNaker that scripts name."""
