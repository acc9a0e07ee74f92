#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds what pages in the browser load of ours (web/), or leaves it alone when nothing has changed.
#
#   tools/build_web.sh            bundles the notebook extension into share/jupyter/labextensions of
#                                 .venv and, if it is there, .envs/hub; and the pages of the hub and
#                                 of the robotics platform
#   tools/build_web.sh --types    only installs what checking the types needs as well (make lint)
#
# Node.js is in .venv, from tools/requirements-tools.txt. The network is used only when
# web/package-lock.json has changed.
set -euo pipefail
cd "$(dirname "$0")/.."

modules=web/node_modules
# Jupyter's pages find the extension here. A link to a shared environment is fine.
extension=share/jupyter/labextensions/@spinnlab/notebook
targets=(".venv/$extension")
[[ -d .envs/hub/share ]] && targets+=(".envs/hub/$extension")

lock=$(sha256sum web/package-lock.json | cut -d ' ' -f 1)
have=$(cat "$modules/.spinnlab-stamp" 2>/dev/null || true)
install() {
    echo "Installing npm packages for web/ ($1)"
    (cd web && ../.venv/bin/npm ci --no-progress --loglevel=error "${@:2}" >/dev/null)
    echo "$lock $1" >"$modules/.spinnlab-stamp"
}

if [[ ${1:-} == --types ]]; then
    [[ $have == "$lock types" ]] || install types
    exit 0
fi

sources=$(find web -name node_modules -prune -o -type f -print | LC_ALL=C sort)
wanted=$(while read -r file; do sha256sum "$file"; done <<<"$sources"; cat VERSION)
is_fresh() { [[ -f $1/.spinnlab-stamp && $(<"$1/.spinnlab-stamp") == "$wanted" ]]; }
bundle() { # FOLDER COMMAND...
    is_fresh "$1" && return
    [[ -f $modules/.spinnlab-stamp && $(<"$modules/.spinnlab-stamp") == "$lock "* ]] ||
        install bundler --omit=dev
    "${@:2}"
    printf '%s\n' "$wanted" >"$1/.spinnlab-stamp"
}
for target in "${targets[@]}"; do
    bundle "$target" .venv/bin/node web/packages/notebook-extension/build.ts "$target" "$(<VERSION)"
done
pages() { # FOLDER PAGE...
    bundle "$1" .venv/bin/node web/bundle_pages.ts "$@"
}
pages python/spinnlab/hub/static web/packages/hub-pages/src/{sign_in,home,starting,admin}.ts
pages python/spinnlab/robotics/static web/packages/robotics-pages/src/robotics.ts
