#!/bin/sh
# Usage: try.sh BERTHS-ARGUMENTS..
# Compiles the program outside the repository and runs it once.
cd "$(dirname "$0")/.." || exit 2
out=$(mktemp -d) || exit 2
rustc --edition 2021 -C debuginfo=0 src/main.rs -o "$out/berths" && RUST_BACKTRACE=0 "$out/berths" "$@"
code=$?
rm -rf "$out"
exit "$code"
