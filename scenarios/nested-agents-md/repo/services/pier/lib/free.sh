# stamp: sv-0c55d1e9
# keeper: pk-11d2a7c3

# pier_free METRES: prints the free berths of at least that length, one for each line.
pier_free() {
    while read -r pier_name pier_metres pier_state; do
        if [ "$pier_state" = free ] && [ "$pier_metres" -ge "$1" ]; then
            echo "$pier_name, $pier_metres m"
        fi
    done
}
