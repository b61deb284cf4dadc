#!/bin/sh
# Usage: audit.sh SHELF N
# Audits record N of a shelf. Exit code 1 if it has a fault, 2 if there is no such record.
cd "$(dirname "$0")/.." || exit 2
. tools/rules.sh

name=${1:?usage: audit.sh SHELF N}
number=$(printf '%02d' "${2:?usage: audit.sh SHELF N}")
record=catalogue/$name/record-$number.rec
[ -f "$record" ] || { echo "audit: no record $number on the shelf $name" >&2; exit 2; }
shelf "$name"

set -- $(cksum < "$record")
echo "AUDIT $record, $2 bytes, sum $1"
printf '%-10s %-58s %-6s %s\n' field value rule verdict
faults=0
fields=0
found=
while IFS= read -r line; do
    field=${line%%: *}
    value=${line#*: }
    fields=$((fields + 1))
    judge "$field" "$value"
    verdict=ok
    if [ -n "$fault" ]; then
        verdict=FAULT
        faults=$((faults + 1))
        found="$found$field: \`$value\`: $fault. "
    fi
    printf '%-10s %-58.58s %-6s %s\n' "$field" "$value" "2.$fields" "$verdict"
done < "$record"
[ "$fields" -eq 15 ] || { faults=$((faults + 1)); found="$found$fields fields instead of 15. "; }
printf '%-76s\n' "faults: $faults. ${found:-Nothing to mend in this record.}"
[ "$faults" -eq 0 ]
