# The plan of the berths. Sourced, not run.

# berth_used PLAN: one line for each berth in use, `BERTH SHIP`.
berth_used() {
    while read -r berth_no berth_length berth_ship; do
        case $berth_no in '' | '#'*) continue ;; esac
        [ "$berth_ship" = - ] || printf '%s %s\n' "$berth_no" "$berth_ship"
    done <"$1"
}
