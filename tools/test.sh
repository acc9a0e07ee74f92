#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All tests of a built preset: ctest, pytest, the commands of the documents. All run, whatever the
# others say; the last line names those that failed.
#
#   tools/test.sh PRESET WORKERS [PYTEST ARGUMENTS]
set -uo pipefail
cd "$(dirname "$0")/.."
preset=$1 workers=$2
shift 2
export SPINNLAB_BIN=$PWD/build/$preset/bin
# What passed on the original with the same files is not repeated: conftest.py.
if [[ -n ${AGAIN:-} ]]; then export SPINNLAB_AGAIN=1; fi
outcomes=() failed=0

# suite NAME COMMAND...: runs it and remembers how it ended and how long it took.
suite() {
    local name=$1 began=$SECONDS outcome=passed
    shift
    "$@" || outcome=FAILED failed=1
    outcomes+=("$name $outcome ($((SECONDS - began)) s)")
}

suite ctest ctest --preset "$preset" --parallel "$workers"
suite pytest .venv/bin/python -m pytest --numprocesses "$workers" --dist worksteal \
    --ignore tests/system/hub "$@"
# One after the other: they make Unix users, and a hub is a busy thing for two cores.
suite hub .venv/bin/python -m pytest tests/system/hub
suite "native back end" .envs/spynnaker/bin/python -m pytest --numprocesses "$workers" \
    python/pynn_tests
suite web .venv/bin/node --test 'web/packages/*/src/*.test.ts' 'web/shared/*.test.ts'
suite documents python3 tools/run_docs_commands.py
printf '\nsuites: %s\n' "$(IFS=,; echo "${outcomes[*]}" | sed 's/,/, /g')"
exit "$failed"
