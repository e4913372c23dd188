"""Numbers and days in readable form."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from sflydwh.output.dat import money

_SMALL: Final = 100
_LEAST_SHARE: Final = 0.005
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def amount(value: Decimal | float, currency: str = "") -> str:
    """An amount with two decimals and thousands separators; a float is first rounded to 9 significant digits.

    >>> amount(Decimal("1234567.005"), "USD"), amount(0.125)
    ('1,234,567.01 USD', '0.13')
    """
    exact = value if isinstance(value, Decimal) else Decimal(f"{value:.9g}")
    return f"{Decimal(money(exact)):,} {currency}".rstrip()


def whole(value: float, currency: str = "") -> str:
    """An amount without decimals, for a title.

    >>> whole(1234567.5, "EUR")
    '1,234,568 EUR'
    """
    return f"{Decimal(f'{value:.9g}').quantize(Decimal(1), 'ROUND_HALF_UP'):,} {currency}".rstrip()


def rounded(value: float, currency: str = "") -> str:
    """An amount for a title, with cents only if it is small.

    >>> rounded(99.5, "EUR"), rounded(1234.5, "EUR")
    ('99.50 EUR', '1,235 EUR')
    """
    return whole(value, currency) if abs(value) >= _SMALL else amount(value, currency)


def percent(share: float, digits: int = 0) -> str:
    """A share as a percentage; without decimals, small and large shares are still distinct from 0 and 100 %.

    >>> percent(0.4567), percent(0.4567, 1), percent(0.0004), percent(0.9996), percent(1.0)
    ('46 %', '45.7 %', 'less than 1 %', 'almost 100 %', '100 %')
    """
    if not digits and 0 < share < _LEAST_SHARE:
        return "less than 1 %"
    if not digits and 1 - _LEAST_SHARE <= share < 1:
        return "almost 100 %"
    return f"{Decimal(f'{100 * share:.9g}').quantize(Decimal(1).scaleb(-digits), 'ROUND_HALF_UP')} %"


def count(number: float, one: str, more: str = "") -> str:
    """A number of things.

    >>> count(1, "customer"), count(2_000, "customer"), count(0, "day", "days")
    ('1 customer', '2,000 customers', '0 days')
    """
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"


def day(when: date) -> str:
    """A day in words.

    >>> day(date(2017, 1, 6))
    '6 January 2017'
    """
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def month(when: date) -> str:
    """A month in short.

    >>> month(date(2017, 9, 1))
    'Sep 2017'
    """
    return f"{_MONTHS[when.month - 1][:3]} {when.year}"


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join([*([", ".join(parts[:-1])] if len(parts) > 1 else []), *parts[-1:]])
