#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the manylinux wheel of a built release: native back end, shim, both programs, examples, and
# what `spinnlab kernel add` needs. The wheel lands in dist/.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
stage=build/wheel/stage
"$python" -m pip --disable-pip-version-check --quiet install \
    --no-deps --require-hashes --requirement tools/requirements-wheel.txt

rm -rf build/wheel
mkdir -p "$stage/spinnlab/bin" "$stage/spinnlab/data"
cp -r python/spinnlab/. "$stage/spinnlab/"
for package in spynnaker spynnaker8 spynnaker7 spinn_utilities spinn_front_end_common pacman \
    spinnaker_testbase; do
    cp -r "python/shim/$package" "$stage/"
done
cp -r python/original/spinnlab_original "$stage/spinnlab/data/"
cp tools/requirements-original-*.txt "$stage/spinnlab/data/"
cp -r examples "$stage/spinnlab/data/"
mkdir -p "$stage/labextensions/@spinnlab"
cp -r .venv/share/jupyter/labextensions/@spinnlab/notebook "$stage/labextensions/@spinnlab/"
rm -f "$stage/labextensions/@spinnlab/notebook/.spinnlab-stamp"
cp build/release/bin/spallocd build/release/bin/spinnlab-machine "$stage/spinnlab/bin/"
strip --strip-unneeded "$stage"/spinnlab/bin/* "$stage"/spinnlab/_core*.so
find "$stage" -name __pycache__ -prune -exec rm -rf {} +
cp python/wheel/pyproject.toml python/wheel/build_hook.py VERSION README.md LICENSE "$stage/"

(cd "$stage" && "$OLDPWD/$python" -m hatchling build --target wheel --directory ../plain >/dev/null)
PATH=$PWD/.venv/bin:$PATH "$python" -m auditwheel repair --wheel-dir dist build/wheel/plain/*.whl
ls -l dist/*.whl
