#!/bin/sh
# Times libCacheSim (Python package index, GPL-3: run beside, never linked) and unreel on the same
# accesses, one after the other on this machine, and prints both speeds, the ratio, and whether they
# count the same hits. What libCacheSim reads is its binary format, which unreel reads too.
#
# usage: tests/compare-libcachesim.sh [UNREEL [TRACE.jsonl[.zst]]]
#   UNREEL  the program, of a release build [default: target/release/unreel]
#   TRACE   a Mooncake trace [default: that of the folder in UNREEL_TEST_DATA]
set -eu

LIBCACHESIM=0.3.5
cd "$(dirname "$0")/.."
cache=${UNREEL_TEST_CACHE:-target/test-cache}
unreel=${1:-target/release/unreel}
trace=${2:-${UNREEL_TEST_DATA:-(no UNREEL_TEST_DATA)}/traces/mooncake/conversation_trace.jsonl.zst}
venv=$cache/python-libcachesim

for file in "$unreel" "$trace"; do
    [ -e "$file" ] || { echo "SKIPPED: there is no $file"; exit 0; }
done
mkdir -p "$cache"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check "libcachesim==$LIBCACHESIM" zstandard

exec "$venv/bin/python" tests/support/compare_libcachesim.py "$unreel" "$trace" "$cache"
