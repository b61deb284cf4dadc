#!/bin/sh
# Runs every case of tests/data against bin/kettle.
set -u
cd "$(dirname "$0")/.."
cases=0 failed=0
for file in tests/data/*.txt; do
    kind=$(basename "$file" .txt)
    while IFS= read -r line; do
        cases=$((cases + 1))
        wanted=${line##* = }
        # The arguments are words without blanks.
        # shellcheck disable=SC2086
        got=$(sh bin/kettle "$kind" ${line% = *} 2>&1) || got="failed ($got)"
        if [ "$got" != "$wanted" ]; then
            failed=$((failed + 1))
            printf 'FAIL %s %s, got %s\n' "$kind" "$line" "$got"
        fi
    done <"$file"
done
printf '%s cases, %s failed\n' "$cases" "$failed"
[ "$failed" -eq 0 ]
