#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the system packages of a list, by default tools/packages.txt; nothing to do, no output.
#
#   tools/install_packages.sh [LIST]
#
# As root it installs what is missing. Otherwise it names what is missing and the one command that
# installs it, and ends with exit code 1. On a system without dpkg the programs themselves are
# looked for by cmake later; the list is shown once as a hint.
set -euo pipefail
cd "$(dirname "$0")/.."
list=${1:-tools/packages.txt}

mapfile -t wanted < <(sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$list")

if ! command -v dpkg-query >/dev/null; then
    echo "This is not a Debian system: no package was checked. Needed are the equivalents of" >&2
    echo "  ${wanted[*]}" >&2
    exit 0
fi

missing=()
installed=$(dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' 2>/dev/null |
    awk '$2 == "installed" {print $1}' | sort -u)
for package in "${wanted[@]}"; do
    grep -qxF "$package" <<<"$installed" || missing+=("$package")
done
((${#missing[@]})) || exit 0

if [[ $(id -u) -eq 0 ]]; then
    echo "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    if ! apt-get install --yes --quiet --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then
        # Most often only the lists are older than the archive.
        apt-get update --quiet
        apt-get install --yes --quiet --no-install-recommends "${missing[@]}"
    fi
    exit 0
fi

cat >&2 <<MESSAGE
${#missing[@]} system packages are missing: ${missing[*]}
Install them once with
  sudo apt-get install ${missing[*]}
and run the same command again.
MESSAGE
exit 1
