"""Who carries the cents that do not divide.

A rule gets the riders, dictionaries with `name`, `boarded` and `left`, and gives the index of one of them; of
equals, the one who stands first on the ticket. `rounded-each` is not here: its shares do not add up.
"""

from ferry.clock import minutes


def first_boarder(riders):
    return min(range(len(riders)), key=lambda i: (minutes(riders[i]["boarded"]), i))


def last_boarder(riders):
    return min(range(len(riders)), key=lambda i: (-minutes(riders[i]["boarded"]), i))


def longest_ride(riders):
    def length(i):
        return minutes(riders[i]["left"]) - minutes(riders[i]["boarded"])

    return min(range(len(riders)), key=lambda i: (-length(i), i))


RULES = {
    "first-boarder": first_boarder,
    "last-boarder": last_boarder,
    "longest-ride": longest_ride,
}
