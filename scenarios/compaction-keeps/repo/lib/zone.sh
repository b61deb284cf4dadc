# Zones, by postcode alone (decision D3).

# zone_of POSTCODE: below 2000 the coast, below 5000 the fen, the rest is hill.
zone_of() {
    if [ "$1" -le 2000 ]; then
        printf 'coast\n'
    elif [ "$1" -le 5000 ]; then
        printf 'fen\n'
    else
        printf 'hill\n'
    fi
}
