"""Times and amounts in the plain forms that nearly every log is written in.

A shortcut for the rules, never another reading of them: what is not plain, or
not valid, is left to them as text.
"""

from typing import Final

import numpy as np

from sflydwh.reader.compiled import compiled
from sflydwh.reader.grammar import Bytes

NOT_PLAIN: Final = -(2**63)

_MINUS, _COLON, _POINT, _ZERO = b"-:.0"
_DATE_AND_CLOCK: Final = 19
_MICRO_DIGITS: Final = 6
_IS_BEFORE_CLOCK: Final = np.isin(np.arange(256), list(b"Tt :"))
_IS_UTC: Final = np.isin(np.arange(256), list(b"Zz"))
_DAYS_OF_MONTH: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_FEBRUARY: Final = 2
_MICROS: Final = 1_000_000

_MOST_DOLLAR_DIGITS: Final = 14
_CENT_DIGITS: Final = 4
_USD: Final = np.frombuffer(b" USD", np.uint8)


@compiled
def _number(data: Bytes, at: int, digits: int) -> int:
    """The number of so many digits, -1 where something else stands there."""
    value = 0
    for place in range(at, at + digits):
        digit = np.int64(data[place]) - _ZERO
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@compiled
def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar: H. Hinnant's days_from_civil; `NOT_PLAIN` for no date."""
    if year < 1 or month < 1 or month > 12 or day < 1:
        return NOT_PLAIN
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > _DAYS_OF_MONTH[month] + (is_leap and month == _FEBRUARY):
        return NOT_PLAIN
    march_year = year - (month <= _FEBRUARY)
    century = march_year // 100
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return march_year * 365 + march_year // 4 - century + century // 4 + day_of_year - 719_468


@compiled
def _fraction(data: Bytes, at: int, end: int) -> int:
    """The microseconds in a point and at most six digits; -1 for anything else, 0 for nothing."""
    digits = end - at - 1
    if end == at:
        return 0
    if data[at] != _POINT or digits < 1 or digits > _MICRO_DIGITS:
        return -1
    value = _number(data, at + 1, digits)
    for _ in range(_MICRO_DIGITS - digits):
        value *= 10
    return value


@compiled
def plain_instant(data: Bytes, at: int, length: int) -> int:
    """An instant in microseconds since 1970 in UTC, or `NOT_PLAIN`.

    Plain is ``YYYY-MM-DD?HH:MM:SS``, a fraction of at most six digits or none, ``Z`` or nothing.
    """
    if length < _DATE_AND_CLOCK:
        return NOT_PLAIN
    end = at + length - _IS_UTC[data[at + length - 1]]
    clock = at + 11
    if data[at + 4] != _MINUS or data[at + 7] != _MINUS or not _IS_BEFORE_CLOCK[data[at + 10]]:
        return NOT_PLAIN
    if data[clock + 2] != _COLON or data[clock + 5] != _COLON or end < clock + 8:
        return NOT_PLAIN
    days = _days(_number(data, at, 4), _number(data, at + 5, 2), _number(data, at + 8, 2))
    hour, minute, second = _number(data, clock, 2), _number(data, clock + 3, 2), _number(data, clock + 6, 2)
    fraction = _fraction(data, clock + 8, end)
    if days == NOT_PLAIN or not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60) or fraction < 0:
        return NOT_PLAIN
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * _MICROS + fraction


@compiled
def plain_amount(data: Bytes, at: int, length: int) -> int:
    """An amount of US dollars in ten thousandths, or `NOT_PLAIN`.

    Plain is a number of at most 14 digits before the point and 4 after it, perhaps with ``-``
    before it and `` USD`` after it.
    """
    end = at + length
    if length > len(_USD) and data[end - 1] == _USD[3]:
        end -= len(_USD)
        for place in range(len(_USD)):
            if data[end + place] != _USD[place]:
                return NOT_PLAIN
    is_refund = end > at and data[at] == _MINUS
    at += is_refund
    point = at
    while point < end and data[point] != _POINT:
        point += 1
    cents = max(0, end - point - 1)
    if not 1 <= point - at <= _MOST_DOLLAR_DIGITS or cents > _CENT_DIGITS or point == end - 1:
        return NOT_PLAIN
    whole, part = _number(data, at, point - at), _number(data, point + 1, cents)
    if whole < 0 or part < 0:
        return NOT_PLAIN
    for _ in range(cents):
        whole *= 10
    value = whole + part
    for _ in range(_CENT_DIGITS - cents):
        value *= 10
    return -value if is_refund else value
