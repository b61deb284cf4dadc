#!/bin/sh
# Tests of the tools, as far as they do not depend on what the instrument says.
set -u
cd "$(dirname "$0")/.."
failed=0

# same NAME WANTED GOT
same() {
    if [ "$2" = "$3" ]; then
        printf 'ok   %s\n' "$1"
    else
        printf 'FAIL %s: wanted "%s", got "%s"\n' "$1" "$2" "$3"
        failed=1
    fi
}

same 'frames are numbered without gaps' 5500 "$(sh bin/dump.sh | grep -c '^frame')"
same 'samples end without a line feed' 0 "$(sh bin/samples.sh | wc -l | tr -d ' ')"
same 'the preamble starts with its letters' TRMR "$(sh bin/preamble.sh | od -An -c -N4 | tr -d ' ')"
same 'the report is complete' 5 "$(sh bin/report.sh 2>/dev/null | wc -l | tr -d ' ')"
exit $failed
