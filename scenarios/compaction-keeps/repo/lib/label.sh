# One label.

. "$here/vendor/checkdigit/checkdigit.sh"

# label NUMBER POSTCODE GRAMS NAME
label() {
    label_zone=$(zone_of "$2")
    printf '%s-%s  %-5s  %-14s  %6s g  %s\n' \
        "$1" "$(check_digit "$1")" "$label_zone" "$(carrier_of "$label_zone")" "$3" "$4"
}
