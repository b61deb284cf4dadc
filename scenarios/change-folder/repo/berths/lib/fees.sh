# Fees. Sourced, not run. The gate has no rate file: the figures stand here.

berth_metre_day=240
berth_harbour_due=3500
# Thousandths. Not decided yet, so nothing is added.
berth_season_permille=1000

# berth_fee LENGTH DAYS: cents for a stay; part of a day is a day.
berth_fee() {
    berth_days=$2
    [ "$berth_days" -ge 1 ] || berth_days=1
    printf '%s\n' "$((berth_harbour_due + $1 * berth_days * berth_metre_day * berth_season_permille / 1000))"
}
