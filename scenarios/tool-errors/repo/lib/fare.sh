# Fares of the ferry, in pence. Prices: docs/fares.md.

FARE_ADULT=340
FARE_CHILD=170
# From so many heads on a party is a group.
FARE_GROUP=12
# What a group pays of each hundred pence.
FARE_GROUP_SHARE=100

# fare_total ADULTS CHILDREN: prints what the party pays, rounded down to a whole penny.
fare_total() {
    fare_heads=$(($1 + $2))
    fare_sum=$(($1 * FARE_ADULT + $2 * FARE_CHILD))
    if [ "$fare_heads" -gt "$FARE_GROUP" ]; then
        fare_sum=$((fare_sum * FARE_GROUP_SHARE / 100))
    fi
    echo "$fare_sum"
}
