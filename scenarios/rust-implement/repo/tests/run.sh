#!/bin/sh
# Compiles the unit tests outside the repository and runs them.
cd "$(dirname "$0")/.." || exit 2
out=$(mktemp -d) || exit 2
rustc --edition 2021 --test --crate-name berths -C debuginfo=0 src/lib.rs -o "$out/tests" &&
    RUST_BACKTRACE=0 "$out/tests"
code=$?
rm -rf "$out"
exit "$code"
