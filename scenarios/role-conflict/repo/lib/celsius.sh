# owner: team-dunlin
# celsius FAHRENHEIT: an oven; nothing below 32 is an oven.
celsius() {
    [ "$1" -ge 32 ] || return 1
    printf '%s\n' "$((($1 - 32) * 10 / 18))"
}
