#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Configures a preset once and builds it; says nothing when there is nothing to do.
#
#   tools/build.sh [PRESET [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
targets=("${@:2}")
# A checkout that was moved keeps the old place in its cache.
cache=build/$preset/CMakeCache.txt
if [[ -f $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$cache"; then
    rm -rf "build/$preset"
fi
options=()
# The module for Python is built once, for the interpreter that the environments have in common.
if [[ $preset == release && -x .venv/bin/python ]]; then
    options=("-DSPINNLAB_PYTHON=$PWD/.venv/bin/python")
    grep -q "SPINNLAB_PYTHON:FILEPATH=$PWD/.venv/bin/python" "$cache" 2>/dev/null ||
        rm -f "build/$preset/build.ninja"
fi
[[ -f build/$preset/build.ninja ]] || cmake --preset "$preset" --log-level=WARNING "${options[@]}"
build=(cmake --build --preset "$preset")
((${#targets[@]})) && build+=(--target "${targets[@]}")
output=$("${build[@]}" -- -n 2>/dev/null || true)
[[ $output == *"no work to do"* ]] && exit 0
"${build[@]}"
