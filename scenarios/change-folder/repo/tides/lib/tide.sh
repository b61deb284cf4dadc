# Water levels. Sourced, not run.

# tide_height TABLE MINUTE
#
# The height in centimetres at a minute of the day: a straight line between two turns of the tide. A table
# holds `MINUTE HEIGHT`, one turn on a line, in order. Fails for a minute that the table does not cover.
tide_height() {
    tide_m0= tide_h0=
    while read -r tide_m tide_h; do
        case $tide_m in '' | '#'*) continue ;; esac
        if [ -n "$tide_m0" ] && [ "$2" -ge "$tide_m0" ] && [ "$2" -lt "$tide_m" ]; then
            printf '%s\n' "$((tide_h0 + (tide_h - tide_h0) * ($2 - tide_m0) / (tide_m - tide_m0)))"
            return 0
        fi
        tide_m0=$tide_m tide_h0=$tide_h
    done <"$1"
    return 1
}
