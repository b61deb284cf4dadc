#!/bin/sh
# Usage: replay.sh KEEP CONTENT..
# Rotates a log in a scratch folder, once for each CONTENT, and prints what is left.
cd "$(dirname "$0")/.." || exit 2
. lib/rotate.sh
keep=${1:?usage: replay.sh KEEP CONTENT..}
shift
scratch=$(mktemp -d) || exit 2
cd "$scratch" || exit 2
for content in "$@"; do
    echo "$content" > replay.log
    rotate_shift replay.log "$keep"
done
for file in replay.log.*; do
    [ -f "$file" ] && echo "$file: $(cat "$file")"
done
rm -rf "$scratch"
