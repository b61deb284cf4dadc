import unittest

from ferry.fares import split_fare

RIDERS = [
    {"name": "Ada", "boarded": "08:00", "left": "08:50"},
    {"name": "Bo", "boarded": "08:20", "left": "09:40"},
    {"name": "Cy", "boarded": "08:40", "left": "09:00"},
]


class SplitFareTest(unittest.TestCase):
    def test_first_boarder(self):
        self.assertEqual(split_fare(1001, RIDERS, "first-boarder"), [335, 333, 333])

    def test_last_boarder(self):
        self.assertEqual(split_fare(1001, RIDERS, "last-boarder"), [333, 333, 335])

    def test_longest_ride(self):
        self.assertEqual(split_fare(1001, RIDERS, "longest-ride"), [333, 335, 333])

    def test_even(self):
        self.assertEqual(split_fare(900, RIDERS, "last-boarder"), [300, 300, 300])

    def test_unknown_rule(self):
        self.assertRaises(ValueError, split_fare, 900, RIDERS, "tallest-rider")

    def test_no_riders(self):
        self.assertRaises(ValueError, split_fare, 900, [], "last-boarder")
