# check_digit NUMBER: weighted sum, modulo eleven. Prints 0 to 10.
check_digit() {
    cd_rest=$1 cd_weight=2 cd_sum=0
    while [ "$cd_rest" -gt 0 ]; do
        cd_sum=$((cd_sum + cd_rest % 10 * cd_weight))
        cd_rest=$((cd_rest / 10))
        cd_weight=$((cd_weight + 1))
    done
    printf '%s\n' "$(((11 - cd_sum % 11) % 11))"
}
