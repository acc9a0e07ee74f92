# SPDX-License-Identifier: Apache-2.0
"""Runs a script the native way and on the published sPyNNaker, and compares what both recorded.

`capture` runs inside either environment and writes what a script recorded; `compare` finds the
differences of two captures; `report` shows them as one HTML file.
"""
