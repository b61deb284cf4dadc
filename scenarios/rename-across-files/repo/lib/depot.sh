# The depot: a flat folder of files, each named by checksum and length.

# open_depot: makes the folder when it is not there yet.
open_depot() {
    mkdir -p "$depot_root"
}

# depot_key FILE: prints the key of FILE, checksum and length.
depot_key() {
    cksum < "$1" | tr ' ' '-'
}

# depot_has_room: whether another file fits in.
depot_has_room() {
    [ "$(ls "$depot_root" | wc -l)" -lt "$depot_slots" ]
}
