import unittest

from ferry.rules import RULES


class RulesTest(unittest.TestCase):
    def test_equals_stand_in_ticket_order(self):
        rider = {"name": "Ada", "boarded": "08:00", "left": "08:50"}
        for name in sorted(RULES):
            self.assertEqual(RULES[name]([rider, rider]), 0, name)
