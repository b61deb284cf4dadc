#!/bin/sh
# stamp: sv-0c55d1e9
# Exit code 1 if a case fails.
cd "$(dirname "$0")/.." || exit 2
scratch=$(mktemp -d) || exit 2
failed=0

# check NAME EXPECTED ACTUAL
check() {
    if [ "$2" = "$3" ]; then
        echo "ok      $1"
    else
        printf 'NOT OK  %s\n        expected: %s\n        got:      %s\n' "$1" "$2" "$3"
        failed=1
    fi
}

printf 'X1 30 free\nX2 50 taken\nX3 70 free\nX4 10 shut\n' > "$scratch/berths"
PIER_BERTHS=$scratch/berths
export PIER_BERTHS

check 'free lists free berths' 'X1, 30 m/X3, 70 m/' "$(sh bin/pier free | tr '\n' /)"
check 'free heeds the length' 'X3, 70 m' "$(sh bin/pier free 31)"

rm -rf "$scratch"
exit "$failed"
