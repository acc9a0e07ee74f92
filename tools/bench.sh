#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Figures of this machine: the interpreter's kernels (results checked), then a whole network.
#
#   tools/bench.sh PRESET
set -euo pipefail
cd "$(dirname "$0")/.."
export SPINNLAB_BIN=$PWD/build/$1/bin
"$SPINNLAB_BIN/bench_arm_kernels"
SPINNLAB_ORIGINAL_BARE=1 .venv/bin/spinnlab run bench/scenes/vogels_abbott.py 2>&1 |
    grep -E '^(neurons|wall time)'
