# The rules of section 2 of AGENTS.md, one function for all fields. Sourced by the audit tools.

# judge FIELD VALUE: sets `fault` to what is wrong with VALUE, or to nothing.
# Needs `prefix`, `object` and `bay` of the shelf, and `number`, the two digits of the record.
judge() {
    fault=
    case $1 in
        id)
            [ "$2" = "$prefix-$number" ] || fault="expected $prefix-$number"
            ;;
        title)
            case $2 in
                *.) fault='a title has no full stop at its end' ;;
                [A-Z]*) ;;
                *) fault='a title begins with a capital letter' ;;
            esac
            ;;
        object)
            [ "$2" = "$object" ] || fault="this shelf holds objects of the kind $object"
            ;;
        material)
            grep -q -x -F -e "$2" tables/materials.txt || fault='not in tables/materials.txt'
            ;;
        made)
            case $2 in
                1[0-9][0-9][0-9] | 1[0-9][0-9][0-9]\?) ;;
                *) fault='want a year of four digits, with ? if it is an estimate' ;;
            esac
            ;;
        maker | donor)
            case $2 in
                '' | - | n/a | none) fault='say unknown when nobody knows' ;;
            esac
            ;;
        length-mm | width-mm | weight-g)
            case $2 in
                '' | *[!0-9]*) fault='want a whole number in the unit of the field' ;;
            esac
            ;;
        place)
            case $2 in
                "$bay"-S[1-6]) ;;
                *) fault="want $bay-S and a shelf from 1 to 6" ;;
            esac
            ;;
        condition)
            grep -q -x -F -e "$2" tables/conditions.txt || fault='not in tables/conditions.txt'
            ;;
        acquired)
            case $2 in
                19[0-9][0-9]-[01][0-9]-[0-3][0-9]) ;;
                *) fault='want year-month-day, all in digits' ;;
            esac
            ;;
        source)
            grep -q -x -F -e "$2" tables/sources.txt || fault='not in tables/sources.txt'
            ;;
        note)
            case $2 in
                *.) ;;
                *) fault='a note ends with a full stop' ;;
            esac
            ;;
        *)
            fault='no such field'
            ;;
    esac
}

# shelf NAME: sets prefix, object, bay and signed from the register of the shelf.
shelf() {
    while IFS= read -r line; do
        case $line in
            'prefix: '*) prefix=${line#*: } ;;
            'object: '*) object=${line#*: } ;;
            'bay: '*) bay=${line#*: } ;;
            'signed: '*) signed=${line#*: } ;;
        esac
    done < "catalogue/$1/register.txt"
}
