#!/bin/sh
# Installs the official OpenAI SDK for tests/python_sdk.rs into a virtual environment of its own.
# Needs python3 with venv, and pip's package index. Run again after a change of version.
set -eu

VERSION=3.54.0
cd "$(dirname "$0")/.."
cache=${UNREEL_TEST_CACHE:-target/test-cache}
venv=$cache/python-openai

mkdir -p "$cache"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check "openai==$VERSION"
"$venv/bin/python" -c 'import openai; print("openai", openai.__version__)'
