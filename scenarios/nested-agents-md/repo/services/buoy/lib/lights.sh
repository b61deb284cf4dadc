# stamp: sv-0c55d1e9
# keeper: bk-f4410e6d

# Prints the lights of the approach, those that are out first.
printf 'out  inner green\nlit  outer red\nlit  outer green\n'
