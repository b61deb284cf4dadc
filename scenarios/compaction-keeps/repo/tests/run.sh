#!/bin/sh
# Tests that hold whatever the depot decides.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
. lib/zone.sh
passed=0 failed=0

# same NAME WANTED GOT
same() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s: wanted "%s", got "%s"\n' "$1" "$2" "$3"
    fi
}

same 'zone of 1999' coast "$(zone_of 1999)"
same 'zone of 2000' fen "$(zone_of 2000)"
same 'zone of 4999' fen "$(zone_of 4999)"
same 'zone of 5000' hill "$(zone_of 5000)"
same 'every order gets a label' 150 "$(sh bin/labelrun tests/data/orders-long.txt | grep -c ' g  ')"
same 'check digits have one character' 0 \
    "$(sh bin/labelrun tests/data/orders-long.txt | grep -cE '^[0-9]+-[0-9X]{2}')"
same 'a bad order refuses the file' '' "$(sh bin/labelrun tests/data/orders-bad.txt 2>/dev/null)"
same 'the line is named' 'refused: line 2' "$(sh bin/labelrun tests/data/orders-bad.txt 2>&1)"
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
