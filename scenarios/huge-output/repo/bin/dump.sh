#!/bin/sh
# The whole session as text.
set -eu
data=$(cd "$(dirname "$0")/../data" && pwd)
shape='frame %05.0f  channel Z  quiet, nothing above the noise'
read -r session station frames gain <"$data/session.txt"

printf 'session %s of station %s, %s frames\n' "$session" "$station" "$frames"
from=1
while read -r at text; do
    seq -f "$shape" "$from" "$at"
    printf 'mark  %05d  %s\n' "$at" "$text"
    from=$((at + 1))
done <"$data/marks.txt"
seq -f "$shape" "$from" "$frames"
printf 'trailer gain code %s\n' "$gain"
