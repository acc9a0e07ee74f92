#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Brings every clone beside this folder up to date: fetches, switches to main or master, merges it.
#
#   support/gitupdate.sh [BRANCH] [ALL]
#
# With BRANCH, clones that have it switch to it then. With ALL, every local branch is merged with the
# source's and with main, or deleted where the source has it no more and main has all its commits. A
# conflict stops with the repository's name. What is not committed and your own commits stay. Exit
# code 0 only if all went well.
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
PYTHONPATH=@RELEASE@ exec @PYTHON@ -m spinnlab git-kernel update --folder "$here" "$@"
