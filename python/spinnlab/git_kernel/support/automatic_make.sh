#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the compiled parts of the clones beside this folder, within 2 GiB: the C++ engine, and with
# make what the configuration names. Stops at the first error with the folder that failed.
#
#   support/automatic_make.sh [--jobs N]
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
PYTHONPATH=@RELEASE@ exec @PYTHON@ -m spinnlab git-kernel make --folder "$here" "$@"
