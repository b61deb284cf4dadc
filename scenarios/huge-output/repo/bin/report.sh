#!/bin/sh
# What is known about the session. Refuses to report half of it.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
for key in station gain_code drift_us unit samples_crc; do
    value=$(sed -n "s/^$key=//p" "$here/conf/station.conf")
    if [ -z "$value" ]; then
        printf '%s: not set in conf/station.conf\n' "$key" >&2
        exit 1
    fi
    printf '%-12s %s\n' "$key" "$value"
done
