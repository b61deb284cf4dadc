#!/bin/sh
# Runs every tests/test_*.sh in a folder of its own; exit code 1 if a case fails.
cd "$(dirname "$0")/.." || exit 2
root=$(pwd)
passed=0
failed=0

# check NAME EXPECTED ACTUAL
check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
        echo "ok      $1"
    else
        failed=$((failed + 1))
        echo "NOT OK  $1"
        echo "        expected: $2"
        echo "        got:      $3"
    fi
}

for file in tests/test_*.sh; do
    scratch=$(mktemp -d) || exit 2
    cd "$scratch" || exit 2
    . "$root/$file"
    cd "$root" || exit 2
    rm -rf "$scratch"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
