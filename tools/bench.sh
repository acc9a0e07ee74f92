#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Figures of this machine beside the recorded ones; every scene's result is checked.
#
#   tools/bench.sh PRESET [--record] [QUESTION ...]      questions: bench/README.md
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
# Without root the list is named, and the ratio that needs it is left out.
tools/install_packages.sh tools/packages-bench.txt || true
exec .venv/bin/python bench/run.py --programs "$PWD/build/$preset/bin" "$@"
