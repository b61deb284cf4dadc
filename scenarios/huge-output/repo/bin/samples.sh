#!/bin/sh
# All samples on one line, without a line feed at the end.
set -eu
data=$(cd "$(dirname "$0")/../data" && pwd)
read -r crc <"$data/crc.txt"
printf '%s crc=%s' "$(seq -s ' ' -f '%+05.0f' -7000 7000)" "$crc"
