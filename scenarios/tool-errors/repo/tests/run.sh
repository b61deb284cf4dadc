#!/bin/sh
# Exit code: how many cases failed.
cd "$(dirname "$0")/.." || exit 99
. lib/fare.sh
failed=0

# check NAME EXPECTED ACTUAL
check() {
    if [ "$2" = "$3" ]; then
        echo "ok      $1"
    else
        echo "NOT OK  $1: expected $2, got $3"
        failed=$((failed + 1))
    fi
}

check 'two adults' 680 "$(fare_total 2 0)"
check 'a family' 1190 "$(fare_total 2 3)"
check 'eleven are no group' 3740 "$(fare_total 11 0)"
check 'twelve are a group' 3468 "$(fare_total 12 0)"
check 'children count as heads' 2312 "$(fare_total 4 8)"
exit "$failed"
