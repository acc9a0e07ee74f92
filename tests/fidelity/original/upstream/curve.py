# SPDX-License-Identifier: Apache-2.0
"""Runs somebody else's stdp_curve.py and prints the curve that it plots: `curve.py SCRIPT`."""

import json
import runpy
import sys

import matplotlib

matplotlib.use("Agg")
left = runpy.run_path(sys.argv[1], run_name="__main__")
print("curve:", json.dumps([left["delta_t"], [float(change) for change in left["delta_w"]]]))
