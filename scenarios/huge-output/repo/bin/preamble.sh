#!/bin/sh
# The preamble, byte for byte.
set -eu
data=$(cd "$(dirname "$0")/../data" && pwd)
read -r unit <"$data/unit.txt"
printf 'TRMR'
for high in 0 1 2 3; do
    for middle in 0 1 2 3 4 5 6 7; do
        for low in 0 1 2 3 4 5 6 7; do
            printf "\\$high$middle$low"
        done
    done
done
printf 'unit=%s;' "$unit"
seq -s '~' 1 400
