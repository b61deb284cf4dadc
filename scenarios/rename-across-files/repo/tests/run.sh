#!/bin/sh
# Puts, gets and lists in a scratch folder; exit code 1 if a case fails.
cd "$(dirname "$0")/.." || exit 2
jar=$(pwd)
scratch=$(mktemp -d) || exit 2
cd "$scratch" || exit 2
failed=0

# check NAME EXPECTED ACTUAL
check() {
    if [ "$2" = "$3" ]; then
        echo "ok      $1"
    else
        failed=$((failed + 1))
        printf 'NOT OK  %s\n        expected: %s\n        got:      %s\n' "$1" "$2" "$3"
    fi
}

printf '# a small depot\ndepot_root = kept/depot\ndepot_slots = 2\n' > jar.conf
printf 'one\n' > one
printf 'two, longer\n' > two
printf 'three\n' > three

key=$(sh "$jar/bin/put" jar.conf one)
check 'get gives what was put' one "$(sh "$jar/bin/get" jar.conf "$key")"
check 'the same content has the same key' "$key" "$(sh "$jar/bin/put" jar.conf one)"
sh "$jar/bin/put" jar.conf two > /dev/null
check 'list has both keys' 2 "$(sh "$jar/bin/list" jar.conf | wc -l | tr -d ' ')"
check 'a full depot refuses' 'put: the depot is full (2 files)' "$(sh "$jar/bin/put" jar.conf three 2>&1)"
check 'an unknown key of the depot' 'get: nothing under 0-0' "$(sh "$jar/bin/get" jar.conf 0-0 2>&1)"
printf 'depth = 2\n' > jar.conf
check 'an unknown key of the configuration' "jar: jar.conf: unknown key 'depth'" "$(sh "$jar/bin/list" jar.conf 2>&1)"

cd "$jar" && rm -rf "$scratch"
[ "$failed" -eq 0 ] && echo 'all cases passed'
