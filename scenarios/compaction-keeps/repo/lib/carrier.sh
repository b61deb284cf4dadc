# Carriers, by zone. A table has lines of `ZONE<tab>CARRIER`.

carrier_table=$here/conf/carriers/trial.tsv

# carrier_of ZONE
carrier_of() {
    while IFS='	' read -r carrier_zone carrier_name; do
        if [ "$carrier_zone" = "$1" ]; then
            printf '%s\n' "$carrier_name"
        fi
    done <"$carrier_table"
}
