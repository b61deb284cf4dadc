#!/bin/sh
# Installs the real clients that tests drive against the server, in pinned versions, with nothing
# but the ordinary pip and npm:
#   python    PyPI openai and openai-agents                     CACHE/python-clients/bin/python
#   node      npm openai, @openai/agents, ai, @ai-sdk/openai    CACHE/node-clients/node_modules
#   codex     npm @openai/codex, four minor versions            CACHE/codex-VERSION/bin/codex
#   opencode  npm opencode-ai                                   CACHE/opencode/bin/opencode
#
# usage: tests/install-clients.sh [--newest] [python|node|codex|opencode ..]      no part: all
#
# CACHE is UNREEL_TEST_CACHE, or target/test-cache; Codex takes 430 MB a version, opencode 180 MB,
# the rest 350 MB. --newest also installs the newest Codex that the registry offers. What is there
# already costs nothing. Where pip or npm is missing, a line with SKIPPED says so and the exit code
# is 0: the tests that need the part skip themselves too.
set -eu

OPENAI_PYTHON=3.54.0
OPENAI_AGENTS_PYTHON=0.24.0
OPENAI_NODE=7.57.0
OPENAI_AGENTS_NODE=0.20.0
AI=7.0.173
AI_SDK_OPENAI=4.0.118
# What the two above want beside them (a peer dependency).
ZOD=4.6.7
CODEX='0.169.0 0.166.0 0.165.0 0.164.0'
OPENCODE=1.18.33

cd "$(dirname "$0")/.."
cache=${UNREEL_TEST_CACHE:-target/test-cache}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)

# installed FOLDER PACKAGE..: whether exactly these are there. The list is written last, so a
# folder of an interrupted or older installation has none, or another.
installed() {
    [ "$(cat "$1/.installed" 2>/dev/null)" = "$(shift && echo "$*")" ]
}

# pip_folder FOLDER PACKAGE..: a virtual environment with these packages.
pip_folder() {
    folder=$1
    shift
    if ! installed "$folder" "$@"; then
        rm -rf "$folder"
        python3 -m venv "$folder"
        "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
        echo "$*" >"$folder/.installed"
    fi
    echo "$(basename "$folder"): $*"
}

# npm_folder FOLDER PROGRAM PACKAGE..: a folder with these packages; PROGRAM (or -), the native
# executable somewhere in them, can then be called as FOLDER/bin/PROGRAM, without Node.
npm_folder() {
    folder=$1 program=$2
    shift 2
    if ! installed "$folder" "$@"; then
        rm -rf "$folder"
        mkdir -p "$folder"
        # A package file of its own, or npm would look for one in the folders above.
        echo '{"private": true}' >"$folder/package.json"
        npm install --prefix "$folder" --no-audit --no-fund --no-update-notifier --ignore-scripts \
            --loglevel=error $npm_options "$@"
        if [ "$program" != - ]; then
            native=$(find "$folder/node_modules" -type f -path "*/bin/$program" -perm -u+x)
            if [ "$(echo "$native" | wc -l)" != 1 ] || [ ! -x "$native" ]; then
                echo "$folder: expected one executable bin/$program, found: $native" >&2
                return 1
            fi
            mkdir -p "$folder/bin"
            ln -sf "$native" "$folder/bin/$program"
        fi
        echo "$*" >"$folder/.installed"
    fi
    echo "$(basename "$folder"): $*"
}

# have COMMAND PART: whether the part can be installed at all.
have() {
    # Debian has python3 without venv and pip: asking for a version would not show it.
    if [ "$1" = pip ] && python3 -c 'import venv, ensurepip' 2>/dev/null; then
        return 0
    elif [ "$1" != pip ] && command -v "$1" >/dev/null; then
        return 0
    fi
    echo "SKIPPED: no $1 on this machine, so $2 is not installed and its tests skip themselves"
    return 1
}

install_python() {
    have pip 'python' || return 0
    pip_folder "$cache/python-clients" \
        "openai==$OPENAI_PYTHON" "openai-agents==$OPENAI_AGENTS_PYTHON"
}

install_node() {
    have npm 'node' || return 0
    npm_folder "$cache/node-clients" - "openai@$OPENAI_NODE" "@openai/agents@$OPENAI_AGENTS_NODE" \
        "ai@$AI" "@ai-sdk/openai@$AI_SDK_OPENAI" "zod@$ZOD"
}

install_codex() {
    have npm 'codex' || return 0
    versions=$CODEX
    if [ -n "$newest" ]; then
        newest_codex=$(npm view @openai/codex version)
        case " $versions " in
            *" $newest_codex "*) ;;
            *) versions="$versions $newest_codex" ;;
        esac
    fi
    for version in $versions; do
        # The binary for this machine comes along as an optional dependency, and only that one.
        npm_folder "$cache/codex-$version" codex "@openai/codex@$version"
    done
}

install_opencode() {
    have npm 'opencode' || return 0
    # Left to itself npm takes two builds for a machine; the package for the platform is named
    # instead.
    platform=$(node -p 'process.platform + "-" + process.arch')
    npm_options=--omit=optional
    npm_folder "$cache/opencode" opencode "opencode-ai@$OPENCODE" "opencode-$platform@$OPENCODE"
    npm_options=
}

newest=
npm_options=
parts=
for word in "$@"; do
    case $word in
        --newest) newest=yes ;;
        python | node | codex | opencode) parts="$parts $word" ;;
        *)
            echo "$0: unknown part '$word'; python, node, codex, opencode or --newest" >&2
            exit 2
            ;;
    esac
done
for part in ${parts:-python node codex opencode}; do
    "install_$part"
done
