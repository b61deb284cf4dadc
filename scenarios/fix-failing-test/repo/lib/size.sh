# Sizes as people write them.

# size_bytes TEXT: prints the bytes that TEXT (`512`, `64K`, `2M`) stands for.
size_bytes() {
    case $1 in
        *K) size_number=${1%K} size_unit=1024 ;;
        *M) size_number=${1%M} size_unit=1048576 ;;
        *) size_number=$1 size_unit=1 ;;
    esac
    case $size_number in
        '' | *[!0-9]*)
            echo "turnlog: not a size: '$1'" >&2
            return 2
            ;;
    esac
    echo $((size_number * size_unit))
}
