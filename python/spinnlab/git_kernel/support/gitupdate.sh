#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Brings every clone beside this folder up to date: fetches, and merges the branch that it tracks.
#
#   support/gitupdate.sh [BRANCH]
#
# With BRANCH, clones that have it switch to it first. A conflict stops with the repository's name.
# What is not committed and your own commits stay. Exit code 0 only if all went well.
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
PYTHONPATH=@RELEASE@ exec @PYTHON@ -m spinnlab git-kernel update --folder "$here" "$@"
