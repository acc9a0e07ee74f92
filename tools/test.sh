#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All tests of a built preset: ctest, pytest, the commands of the documents. All run, whatever the
# others say.
#
#   tools/test.sh PRESET WORKERS [PYTEST ARGUMENTS]
set -uo pipefail
cd "$(dirname "$0")/.."
preset=$1 workers=$2
shift 2
export SPINNLAB_BIN=$PWD/build/$preset/bin
# What passed on the original with the same files is not repeated: conftest.py.
if [[ -n ${AGAIN:-} ]]; then export SPINNLAB_AGAIN=1; fi
failed=0
ctest --preset "$preset" --parallel "$workers" || failed=1
.venv/bin/python -m pytest --numprocesses "$workers" --dist worksteal --ignore tests/system/hub "$@" ||
    failed=1
# One after the other: they make Unix users, and a hub is a busy thing for two cores.
.venv/bin/python -m pytest tests/system/hub || failed=1
.envs/spynnaker/bin/python -m pytest --numprocesses "$workers" python/pynn_tests || failed=1
.venv/bin/node --test 'web/packages/*/src/*.test.ts' || failed=1
python3 tools/run_docs_commands.py || failed=1
exit "$failed"
