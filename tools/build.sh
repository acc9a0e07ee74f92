#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Configures a preset once and builds it; says nothing when there is nothing to do.
#
#   tools/build.sh [PRESET]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
# A checkout that was moved keeps the old place in its cache.
cache=build/$preset/CMakeCache.txt
if [[ -f $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$cache"; then
    rm -rf "build/$preset"
fi
[[ -f build/$preset/build.ninja ]] || cmake --preset "$preset" --log-level=WARNING
output=$(cmake --build --preset "$preset" -- -n 2>/dev/null || true)
[[ $output == *"no work to do"* ]] && exit 0
cmake --build --preset "$preset"
