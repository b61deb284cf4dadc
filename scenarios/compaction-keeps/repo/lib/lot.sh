# Labels in lots. Each lot starts with a header line.

# lot_print ORDERS
lot_print() {
    printf '== all\n'
    while read -r lot_number lot_postcode lot_grams lot_name; do
        label "$lot_number" "$lot_postcode" "$lot_grams" "$lot_name"
    done <"$1"
}
