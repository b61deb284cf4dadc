#!/bin/sh
# Asks for the pier and its boats and writes conf/pier.conf. Nothing is written before both answers
# are in.
cd "$(dirname "$0")/.." || exit 2
echo 'Setup of the fare office'
printf 'Pier: '
read -r pier || { echo 'no answer'; exit 1; }
[ -n "$pier" ] || { echo 'a pier needs a name'; exit 1; }
printf 'Boats: '
read -r boats || { echo 'no answer'; exit 1; }
case $boats in
    '' | *[!0-9]*) echo "not a number of boats: $boats"; exit 1 ;;
esac
mkdir -p conf
printf 'pier = %s\nboats = %s\n' "$pier" "$boats" > conf/pier.conf
echo 'written: conf/pier.conf'
