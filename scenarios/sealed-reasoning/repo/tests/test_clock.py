import unittest

from ferry.clock import minutes


class MinutesTest(unittest.TestCase):
    def test_day(self):
        self.assertEqual(minutes("07:05"), 425)

    def test_night_boat(self):
        self.assertEqual(minutes("24:20"), 1460)

    def test_end_of_service(self):
        self.assertEqual(minutes("27:59"), 1679)
        self.assertRaises(ValueError, minutes, "28:00")

    def test_not_a_time(self):
        for text in ("", "7", "7.05", "07:60", "-1:00"):
            self.assertRaises(ValueError, minutes, text)
