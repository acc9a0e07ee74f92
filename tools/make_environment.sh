#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes one Python environment of the project, or leaves it alone when it is as it should be.
#
#   tools/make_environment.sh FOLDER LOCK PACKAGE...
#
# FOLDER   where the environment is to stand, relative to the project (.venv)
# LOCK     requirements file with an exact version and the hashes of its files for everything
#          (tools/lock_requirements.py writes them)
# PACKAGE  folders of our own packages, installed so that the sources here are what runs
#
# A stamp inside FOLDER holds what it was made from (lock, our pyproject.toml files, Python, the
# folder's own path); the network is used only when that has changed. A moved or half-made
# environment is made anew.
set -euo pipefail
cd "$(dirname "$0")/.."

(($# >= 3)) || { sed -n '5,12p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }
folder=$1 lock=$2
shift 2

# The pinned versions are resolved for Python 3.11 (numpy 1.26.4 ends with 3.12). The system's own comes
# first: one in somebody's home folder could not be reached by the people of a hub.
find_python() {
    local candidate
    for candidate in "${SPINNLAB_PYTHON:-}" /usr/bin/python3.11 python3.11 python3; do
        [[ -n $candidate ]] && command -v "$candidate" >/dev/null || continue
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' \
            2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    cat >&2 <<MESSAGE
SpiNNLab needs Python 3.11 with its venv module; $(command -v python3 >/dev/null &&
        python3 --version || echo "no python3") was found here.
On Debian 12: sudo apt-get install python3 python3-venv
Elsewhere put a python3.11 on PATH, or name it: SPINNLAB_PYTHON=/path/to/python3.11 make deps
MESSAGE
    return 1
}

stamp=$folder/.spinnlab-stamp
describe() {
    echo "at $PWD/$folder"
    local package
    for package in "$@"; do
        sha256sum "$package/pyproject.toml"
    done
    sha256sum "$lock" VERSION
}

wanted=$(describe "$@")
if [[ -f $stamp && $(<"$stamp") == "$wanted" && -x $folder/bin/python ]] &&
    "$folder/bin/python" -c '' 2>/dev/null; then
    exit 0
fi

# Settings of the person's shell must not leak into the environment.
unset PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV VIRTUAL_ENV

python=$(find_python)
rm -f "$stamp"
if [[ ! -x $folder/bin/python ]] || ! "$folder/bin/python" -m pip --version >/dev/null 2>&1 ||
    ! head -n 2 "$folder/bin/pip" | grep -qF "$PWD/$folder/"; then
    echo "Making $folder with $("$python" --version)"
    rm -rf "$folder"
    mkdir -p "$(dirname "$folder")"
    "$python" -m venv "$folder"
fi
echo "Installing $(grep -c '^[A-Za-z0-9].*==' "$lock") pinned packages into $folder"
pip=("$folder/bin/python" -m pip --disable-pip-version-check --quiet install)
"${pip[@]}" --no-deps --require-hashes --requirement "$lock"
for package in "$@"; do
    "${pip[@]}" --no-deps --no-build-isolation --editable "./$package"
done
# What the lock of before had and this one has not; packages that somebody added stay.
names() { sed -n 's/^\([A-Za-z0-9._-]*\)==.*/\1/p' "$1" | tr 'A-Z_' 'a-z-' | sort; }
kept=$folder/.spinnlab-lock
if [[ -f $kept ]]; then
    mapfile -t gone < <(comm -23 <(names "$kept") <(names "$lock"))
    if ((${#gone[@]})); then
        "$folder/bin/python" -m pip --disable-pip-version-check --quiet uninstall --yes "${gone[@]}"
    fi
fi
cp "$lock" "$kept"
printf '%s\n' "$wanted" >"$stamp"
