# Bad orders (decision D5).

# refuse_bad ORDERS: ends the run, naming the lines, when an order is not `NUMBER POSTCODE GRAMS NAME`.
refuse_bad() {
    refuse_lines=$(grep -nvE '^[1-9][0-9]* [0-9]{4} [1-9][0-9]* [^ ]' "$1" | cut -d : -f 1) || true
    [ -n "$refuse_lines" ] || return 0
    for refuse_line in $refuse_lines; do
        printf 'refused: line %s\n' "$refuse_line" >&2
    done
    exit 1
}
