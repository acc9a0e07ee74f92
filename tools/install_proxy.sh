#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Puts the hub's proxy (configurable-http-proxy, from npm) beside the environment .envs/hub, or leaves it
# alone when it is the pinned one. Node.js comes with that environment.
set -euo pipefail
cd "$(dirname "$0")/.."
sources=python/spinnlab/hub/proxy
target=.envs/hub/lib/proxy
lock=$(sha256sum "$sources/package-lock.json" | cut -d ' ' -f 1)
[[ -f $target/.spinnlab-stamp && $(<"$target/.spinnlab-stamp") == "$lock" ]] && exit 0
echo "Installing the hub's proxy into $target"
mkdir -p "$target"
cp "$sources/package.json" "$sources/package-lock.json" "$target/"
npm=$PWD/.envs/hub/bin/npm
(cd "$target" && "$npm" ci --no-audit --no-fund --no-progress --loglevel=error >/dev/null)
printf '%s\n' "$lock" >"$target/.spinnlab-stamp"
