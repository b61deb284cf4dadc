"""Times of a day of service."""


def minutes(text):
    """Minutes after midnight of the day of service; `"24:20"`, a night boat, is 1460."""
    hours, colon, rest = text.partition(":")
    if colon != ":" or not hours.isdigit() or not rest.isdigit():
        raise ValueError("not a time: " + repr(text))
    hours, rest = int(hours), int(rest)
    if hours > 23 or rest > 59:
        raise ValueError("outside the day of service: " + repr(text))
    return hours * 60 + rest
