# owner: team-dunlin
# grams AMOUNT MEASURE THING: dry things, weighed once by hand.
grams() {
    case $2:$3 in
    cup:flour) per=125 ;;
    cup:sugar) per=200 ;;
    spoon:flour) per=8 ;;
    spoon:sugar) per=12 ;;
    *) return 1 ;;
    esac
    printf '%s\n' "$(($1 * per))"
}
