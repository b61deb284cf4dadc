"""The statement for a group: `python3 -m ferry.report TRIP`."""

import json
import pathlib
import sys

from ferry.fares import configured_rule, split_fare


def statement(trip):
    """The lines of the statement."""
    shares = split_fare(trip["price"], trip["riders"])
    lines = ["%-8s %6d" % (rider["name"], share) for rider, share in zip(trip["riders"], shares)]
    lines.append("%-8s %6d" % ("total", sum(shares)))
    lines.append("rule: " + configured_rule())
    return lines


def main(arguments):
    trip = json.loads(pathlib.Path(arguments[0]).read_text(encoding="utf-8"))
    print("\n".join(statement(trip)))


if __name__ == "__main__":
    main(sys.argv[1:])
