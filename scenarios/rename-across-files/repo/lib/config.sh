# Configuration files: `key = value`, one for each line; `#` begins a comment.

# read_config FILE: sets depot_root and depot_slots.
read_config() {
    depot_root=
    depot_slots=16
    while read -r key equals value; do
        case $key in
            '' | '#'*) continue ;;
        esac
        [ "$equals" = = ] || { echo "jar: $1: no '=' after '$key'" >&2; return 2; }
        case $key in
            depot_root) depot_root=$value ;;
            depot_slots) depot_slots=$value ;;
            *) echo "jar: $1: unknown key '$key'" >&2; return 2 ;;
        esac
    done < "$1"
    [ -n "$depot_root" ] || { echo "jar: $1: depot_root is missing" >&2; return 2; }
}
