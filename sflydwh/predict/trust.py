"""Whether a shop's past is long and large enough for predictions."""

from typing import Final

LEAST_PURCHASERS: Final = 500
LEAST_WEEKS: Final = 26
LEAST_REPEAT_PURCHASERS: Final = 100


def doubts(purchasers: int, weeks: int, repeat_purchasers: int) -> tuple[str, ...]:
    """What there is too little of, in words; nothing where predictions may be trusted.

    Args:
        purchasers: customers with a purchase day.
        weeks: from the first purchase to the day of the prediction.
        repeat_purchasers: customers with two purchase days or more.

    >>> doubts(4_000, 12, 90)
    ('weeks of purchases: 12 (26 are needed)', 'repeat purchasers: 90 (100 are needed)')
    """
    found = (
        (purchasers, LEAST_PURCHASERS, "purchasers"),
        (weeks, LEAST_WEEKS, "weeks of purchases"),
        (repeat_purchasers, LEAST_REPEAT_PURCHASERS, "repeat purchasers"),
    )
    return tuple(f"{what}: {number:,} ({least:,} are needed)" for number, least, what in found if number < least)
