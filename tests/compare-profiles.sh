#!/usr/bin/env bash
# Debug and release build write the same results, byte for byte: every scenario replayed, some
# scripted. Builds both where they are missing; a release build takes some minutes.
#
# usage: tests/compare-profiles.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo build
cargo build --release
target=${CARGO_TARGET_DIR:-target}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

run() {
    local profile=$1 name=$2
    shift 2
    "$target/$profile/unreel" run "$@" --out "$results/$profile-$name" >"$results/said" 2>&1 || {
        cat "$results/said"
        printf 'the %s build failed: unreel run %s\n' "$profile" "$*" >&2
        return 1
    }
}

for profile in debug release; do
    start=$SECONDS
    run "$profile" all
    run "$profile" script --script compaction-keeps compaction-loses parallel-calls
    printf '%s: %d s\n' "$profile" $((SECONDS - start))
done
for name in all script; do
    diff -r -x 'timing.*' "$results/debug-$name" "$results/release-$name"
done
files=$(find "$results/debug-all" -type f ! -name 'timing.*' | wc -l)
printf 'debug and release agree: %d files byte for byte\n' "$files"
