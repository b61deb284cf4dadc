#!/bin/sh
# Tests of the water levels. Run from anywhere.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/lib/tide.sh"
passed=0 failed=0

# level NAME MINUTE WANTED
level() {
    got=$(tide_height "$here/tables/calm.txt" "$2") || got=none
    if [ "$got" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s: minute %s: wanted %s, got %s\n' "$1" "$2" "$3" "$got"
    fi
}

level 'before the table' 11 none
level 'first turn' 12 310
level 'falling water' 198 203
level 'low water' 384 95
level 'rising water' 570 208
level 'last turn' 1440 290
level 'after the table' 1441 none

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
