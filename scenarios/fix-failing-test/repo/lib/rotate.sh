# Rotation of numbered generations: FILE -> FILE.1 -> FILE.2 -> ..

# The most generations that anyone gets, whatever the configuration asks for.
# 0 means that no ceiling is in force.
ROTATE_CEILING=0

# rotate_keep N: prints how many generations are kept when N were asked for.
rotate_keep() {
    case $1 in
        '' | *[!0-9]*)
            echo "turnlog: not a number of generations: '$1'" >&2
            return 2
            ;;
    esac
    if [ "$ROTATE_CEILING" -gt 0 ] && [ "$1" -gt "$ROTATE_CEILING" ]; then
        echo "$ROTATE_CEILING"
    else
        echo "$1"
    fi
}

# rotate_shift FILE N: moves FILE and its generations one place on. Afterwards there are at most N
# generations, and FILE is empty.
rotate_shift() {
    rotate_file=$1
    rotate_last=$(rotate_keep "$2") || return
    rotate_place=$((rotate_last - 1))
    rm -f "$rotate_file.$rotate_last"
    while [ "$rotate_place" -gt 1 ]; do
        rotate_from=$((rotate_place - 1))
        if [ -f "$rotate_file.$rotate_from" ]; then
            mv "$rotate_file.$rotate_from" "$rotate_file.$rotate_place"
        fi
        rotate_place=$rotate_from
    done
    if [ "$rotate_last" -gt 0 ]; then
        cp "$rotate_file" "$rotate_file.1"
    fi
    : > "$rotate_file"
}
