#!/bin/sh
# Checks every station, then the index against the configurations. Exit code 1 if anything differs.
cd "$(dirname "$0")/.." || exit 2
faults=0
for station in east north south; do
    (cd "stations/$station" && sh check.sh) || faults=1
    tag=$(sed -n 's/^tag = //p' "stations/$station/lamp.conf")
    period=$(sed -n 's/^period = //p' "stations/$station/lamp.conf")
    sector=$(sed -n "s/^| $station | [a-z]* | \(.*\) |\$/\1/p" docs/sectors.md)
    line=$(printf '%s\t%s\t%s\t%s' "$station" "$tag" "$period" "$sector")
    grep -q -x -F -e "$line" index.tsv || { echo "index: no true line for $station"; faults=1; }
done
[ "$faults" -eq 0 ] && echo 'index: agrees with the stations'
exit "$faults"
