#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All that can be said about the sources without running them. `make lint` calls it.
#
#   tools/lint.sh             everything
#   tools/lint.sh --fast      what takes seconds: formats, texts, dependencies, ruff (pre-commit)
#   tools/lint.sh --fix       let clang-format and ruff repair what they can, then check
#   tools/lint.sh --changed   clang-tidy only on sources that differ from the branch's upstream
#
# Tools come from .venv/bin where they are pinned, else from PATH. The build directory with the
# compile commands is $SPINNLAB_BUILD_DIR, else build/ci, else build/release.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

fast=0 fix=0 changed=0
for argument in "$@"; do
    case "$argument" in
        --fast) fast=1 ;;
        --fix) fix=1 ;;
        --changed) changed=1 ;;
        *) sed -n '3,11p' "$0" | sed 's/^# \{0,1\}//'; exit 2 ;;
    esac
done

failed=()

# step NAME COMMAND...: runs it, prints its output only when it fails, remembers the failure.
step() {
    local name=$1 began=$SECONDS output
    shift
    if output=$("$@" 2>&1); then
        printf 'ok      %-22s %3d s\n' "$name" $((SECONDS - began))
    else
        printf 'FAILED  %-22s %3d s\n' "$name" $((SECONDS - began))
        head -n 80 <<<"$output"
        failed+=("$name")
    fi
}

# tool NAME: the pinned program, else the system's; a missing one is a failure, not a pass.
tool() {
    if [[ -x .venv/bin/$1 ]]; then
        echo ".venv/bin/$1"
    elif command -v "$1" >/dev/null; then
        command -v "$1"
    else
        return 1
    fi
}

missing() {
    printf 'MISSING %-22s `make deps` puts it into .venv\n' "$1"
    failed+=("$1 is missing")
}

tracked() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do
    [[ -f $f ]] && echo "$f"; done; }

# Sources in the compile database of the given build folder. Tests are left out: they take half of the
# time, and clang does not compile comparisons of JSON values inside GoogleTest's macros with GCC 12's
# library.
tidy_sources() {
    local base database=$1/compile_commands.json
    python3 - "$database" <<'PY' | sort -u >"$1/tidy_all.txt"
import json, os, sys
root = os.getcwd() + "/"
for entry in json.load(open(sys.argv[1])):
    path = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
    ours = path.startswith(root) and not path[len(root):].startswith(("build/", ".venv/"))
    if ours and not path.endswith("_test.cpp"):
        print(path[len(root):])
PY
    if ((changed)); then
        base=$(git merge-base HEAD '@{upstream}' 2>/dev/null || git rev-parse HEAD)
        git diff --name-only "$base" -- '*.cpp' | sort -u | comm -12 - "$1/tidy_all.txt"
    else
        cat "$1/tidy_all.txt"
    fi
}

run_tidy() {
    local build=$1 sources
    sources=$(tidy_sources "$build")
    [[ -z $sources ]] && return 0
    xargs -P "$(nproc)" -n 2 "$clang_tidy" -p "$build" --quiet <<<"$sources" 2>&1 |
        grep -E ': (error|warning|fatal error): '
    return "${PIPESTATUS[0]}"
}

# TypeScript against the types of the Jupyter that is pinned.
check_web() {
    tools/build_web.sh --types || return 1
    local project
    for project in web/packages/*/; do
        .venv/bin/node web/node_modules/typescript/bin/tsc --project "$project" || return 1
    done
}

# What looks like a secret and is none is in .secrets.baseline; after a look at a new one:
# .venv/bin/detect-secrets scan --no-verify --baseline .secrets.baseline
check_secrets() {
    local all baseline outcome=0
    mapfile -t all < <(git ls-files -- ':!.secrets.baseline')
    baseline=$(mktemp)
    cp .secrets.baseline "$baseline"
    .venv/bin/detect-secrets-hook --no-verify --baseline "$baseline" "${all[@]}" || outcome=$?
    rm -f "$baseline"
    # 3: nothing but line numbers has changed.
    ((outcome == 0 || outcome == 3))
}

mapfile -t cpp < <(tracked '*.cpp' '*.hpp')
mapfile -t python < <(tracked '*.py')

if clang_format=$(tool clang-format); then
    ((fix)) && "$clang_format" -i "${cpp[@]}"
    step clang-format "$clang_format" --dry-run -Werror "${cpp[@]}"
else
    missing clang-format
fi

if ruff=$(tool ruff); then
    if ((fix)); then
        "$ruff" check --quiet --fix "${python[@]}"
        "$ruff" format --quiet "${python[@]}"
    fi
    step "ruff check" "$ruff" check "${python[@]}"
    step "ruff format" "$ruff" format --check "${python[@]}"
else
    missing ruff
fi

step texts python3 tools/check_texts.py
step "docs blocks" python3 tools/run_docs_commands.py --check
step dependencies python3 tools/check_dependencies.py
step "hashes of packages" python3 tools/lock_requirements.py --check

if ((!fast)); then
    if mypy=$(tool mypy); then
        step mypy "$mypy"
    else
        missing mypy
    fi

    step "web types" check_web

    if [[ -x .venv/bin/detect-secrets-hook ]]; then
        step "secrets" check_secrets
    else
        missing detect-secrets
    fi

    build=${SPINNLAB_BUILD_DIR:-}
    for candidate in build/ci build/release; do
        [[ -z $build && -f $candidate/compile_commands.json ]] && build=$candidate
    done
    if [[ -z $build ]]; then
        build=build/ci
        step configure cmake --preset ci
    fi
    step headers cmake --build "$build" --target check_headers
    if clang_tidy=$(tool clang-tidy); then
        step clang-tidy run_tidy "$build"
    else
        missing clang-tidy
    fi
fi

if ((${#failed[@]})); then
    printf '\nlint: %d failed: %s\n' "${#failed[@]}" "$(IFS=,; echo "${failed[*]}")"
    exit 1
fi
echo "lint: all clean"
