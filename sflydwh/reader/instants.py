"""Rule 3 compiled: times from texts without escapes.

A shortcut for `formats.times` that gives the same instants: what is refused here is judged there.
"""

from typing import Final

import numpy as np

from sflydwh.reader.compiled import compiled, inlined
from sflydwh.reader.digits import NOT_PLAIN, count_digits, number_of, without_spaces
from sflydwh.reader.tokens import Bytes

_MINUS, _PLUS, _COLON, _POINT, _SPACE = b"-+:. "
_Z, _LOWER_Z, _U, _T, _C = b"ZzUTC"
_IS_BEFORE_CLOCK: Final = np.isin(np.arange(256), list(b"Tt :"))
_DAYS_OF_MONTH: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_FEBRUARY: Final = 2
_MICROS: Final = 1_000_000
_MICROS_OF_MINUTE: Final = 60 * _MICROS
_MICRO_DIGITS: Final = 6
_MOST_FRACTION_DIGITS: Final = 9
# The years 1 to 9999.
_FIRST_MICROS: Final = -62_135_596_800 * _MICROS
_LAST_MICROS: Final = 253_402_300_800 * _MICROS - 1
_MOST_COUNT_DIGITS: Final = 18


@compiled
def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar: H. Hinnant's days_from_civil; `NOT_PLAIN` for no date."""
    if month < 1 or month > 12 or day < 1:
        return NOT_PLAIN
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > _DAYS_OF_MONTH[month] + (is_leap and month == _FEBRUARY):
        return NOT_PLAIN
    march_year = year - (month <= _FEBRUARY)
    century = march_year // 100
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return march_year * 365 + march_year // 4 - century + century // 4 + day_of_year - 719_468


@inlined
def _fraction(data: Bytes, at: int, digits: int) -> int:
    """The microseconds in the digits after a point; what is beyond them is cut off."""
    value = number_of(data, at, min(digits, _MICRO_DIGITS))
    for _ in range(_MICRO_DIGITS - digits):
        value *= 10
    return value


@compiled
def _clock(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The microseconds of a clock, and where it ends; `NOT_PLAIN` for none."""
    hour_digits = count_digits(data, at, end, 2)
    minute_at = at + hour_digits + 1
    if not 1 <= hour_digits <= 2 or minute_at > end or data[minute_at - 1] != _COLON:
        return NOT_PLAIN, at
    minute_digits = count_digits(data, minute_at, end, 2)
    hour, minute = number_of(data, at, hour_digits), number_of(data, minute_at, minute_digits)
    if not 1 <= minute_digits <= 2 or hour > 23 or minute > 59:
        return NOT_PLAIN, at
    micros = (hour * 60 + minute) * _MICROS_OF_MINUTE
    at = minute_at + minute_digits
    if at == end or (data[at] != _COLON and data[at] != _POINT):
        return micros, at
    is_pointed = data[at] == _POINT
    at += 1
    second_digits = count_digits(data, at, end, 3)
    if is_pointed and second_digits == 3:
        # H:M.fff, thousandths of second 0.
        return micros + number_of(data, at, 3) * 1_000, at + 3
    second = number_of(data, at, second_digits)
    if not 1 <= second_digits <= 2 or second > 59 or (is_pointed and second_digits != 2):
        return NOT_PLAIN, at
    micros += second * _MICROS
    at += second_digits
    if at == end or data[at] != _POINT:
        # H:M.SS without a fraction is none.
        return (NOT_PLAIN if is_pointed else micros), at
    fraction_digits = count_digits(data, at + 1, end, _MOST_FRACTION_DIGITS)
    if not 1 <= fraction_digits <= _MOST_FRACTION_DIGITS:
        return NOT_PLAIN, at
    return micros + _fraction(data, at + 1, fraction_digits), at + 1 + fraction_digits


@compiled
def _offset(data: Bytes, at: int, end: int) -> int:
    """The microseconds by which a clock is ahead of UTC, of the whole text from there on; `NOT_PLAIN` for none."""
    if at == end:
        return 0
    at += data[at] == _SPACE
    left = end - at
    if left == 1:
        return 0 if data[at] == _Z or data[at] == _LOWER_Z else NOT_PLAIN
    if left < 3:
        return NOT_PLAIN
    if data[at] == _U:
        return 0 if left == 3 and data[at + 1] == _T and data[at + 2] == _C else NOT_PLAIN
    if (data[at] != _PLUS and data[at] != _MINUS) or count_digits(data, at + 1, end, 2) < 2:
        return NOT_PLAIN
    minutes_at = at + 3 + (left == 6 and data[at + 3] == _COLON)
    hours, minutes = number_of(data, at + 1, 2), 0
    if left > 3:
        if end - minutes_at != 2 or count_digits(data, minutes_at, end, 2) != 2:
            return NOT_PLAIN
        minutes = number_of(data, minutes_at, 2)
    if hours > 23 or minutes > 59:
        return NOT_PLAIN
    ahead = (hours * 60 + minutes) * _MICROS_OF_MINUTE
    return -ahead if data[at] == _MINUS else ahead


@compiled
def _date(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The days since 1970 of a date, and where it ends; `NOT_PLAIN` for none."""
    # Indexes stay within a text that is long enough for a date.
    if end - at < 8 or count_digits(data, at, end, 4) != 4 or data[at + 4] != _MINUS:
        return NOT_PLAIN, at
    month_digits = count_digits(data, at + 5, end, 2)
    day_at = at + 6 + month_digits
    if not 1 <= month_digits <= 2 or day_at >= end or data[day_at - 1] != _MINUS:
        return NOT_PLAIN, at
    day_digits = count_digits(data, day_at, end, 2)
    if not 1 <= day_digits <= 2:
        return NOT_PLAIN, at
    days = _days(number_of(data, at, 4), number_of(data, at + 5, month_digits), number_of(data, day_at, day_digits))
    return days, day_at + day_digits


@compiled
def plain_instant(data: Bytes, at: int, length: int) -> int:
    """Rule 3: an instant in microseconds since 1970 in UTC, or `NOT_PLAIN`."""
    at, end = without_spaces(data, at, at + max(0, length))
    days, at = _date(data, at, end)
    if days == NOT_PLAIN:
        return NOT_PLAIN
    micros = ahead = 0
    if at < end:
        if not _IS_BEFORE_CLOCK[data[at]]:
            return NOT_PLAIN
        micros, at = _clock(data, at + 1, end)
        ahead = _offset(data, at, end)
        if micros == NOT_PLAIN or ahead == NOT_PLAIN:
            return NOT_PLAIN
    instant = days * 86_400 * _MICROS + micros - ahead
    return instant if _FIRST_MICROS <= instant <= _LAST_MICROS else NOT_PLAIN


@compiled
def plain_count(data: Bytes, at: int, length: int, unit: int) -> int:
    """A count of units since 1970 as an instant, or `NOT_PLAIN`.

    Args:
        data: the bytes.
        at: where the text begins.
        length: how long it is.
        unit: the microseconds of a unit.
    """
    if not 1 <= length <= _MOST_COUNT_DIGITS or count_digits(data, at, at + length, _MOST_COUNT_DIGITS) != length:
        return NOT_PLAIN
    count = number_of(data, at, length)
    return count * unit if count <= _LAST_MICROS // unit else NOT_PLAIN
