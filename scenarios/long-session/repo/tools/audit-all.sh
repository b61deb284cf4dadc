#!/bin/sh
# Audits every record. Exit code 1 if one has a fault or a shelf is not signed.
cd "$(dirname "$0")/.." || exit 2
. tools/rules.sh

printf '%-20s %8s %8s  %s\n' shelf records faults signed
all=0
bad=0
unsigned=0
for folder in catalogue/*; do
    name=${folder#catalogue/}
    shelf "$name"
    records=0
    faults=0
    for record in "$folder"/record-*.rec; do
        number=${record##*-}
        number=${number%.rec}
        records=$((records + 1))
        while IFS= read -r line; do
            judge "${line%%: *}" "${line#*: }"
            [ -z "$fault" ] || faults=$((faults + 1))
        done < "$record"
    done
    printf '%-20s %8d %8d  %s\n' "$name" "$records" "$faults" "$signed"
    all=$((all + records))
    bad=$((bad + faults))
    [ "$signed" = no ] && unsigned=$((unsigned + 1))
done
echo "$all records, $bad faults, $unsigned shelves not signed"
[ "$bad" -eq 0 ] && [ "$unsigned" -eq 0 ]
