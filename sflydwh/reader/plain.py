"""Rules 3 and 4 compiled: times and amounts of US dollars, from texts without escapes.

A shortcut for `formats.times` and `formats.amounts`, never another reading of the rules:
what is refused here is judged there, with the reason.
"""

from typing import Final

import numpy as np

from sflydwh.reader.compiled import compiled, inlined
from sflydwh.reader.grammar import Bytes

NOT_PLAIN: Final = -(2**63)

_MINUS, _PLUS, _COLON, _POINT, _COMMA, _SPACE, _DOLLAR, _ZERO, _NINE = b"-+:., $09"
_Z, _LOWER_Z, _U, _T, _C, _S, _D = b"ZzUTCSD"
_UPPER: Final = 0xDF
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

_MOST_DOLLAR_DIGITS: Final = 14
_CENT_DIGITS: Final = 4
_MOST_VALUE: Final = 10 ** (_MOST_DOLLAR_DIGITS + _CENT_DIGITS)
_MOST_COUNT_DIGITS: Final = 18
_GROUP: Final = 3


@inlined
def _is_digit(byte: int) -> bool:
    return _ZERO <= byte <= _NINE


@inlined
def _digits(data: Bytes, at: int, end: int, most: int) -> int:
    """How many digits stand there, up to one more than the most."""
    count = 0
    while at + count < end and count <= most and _is_digit(data[at + count]):
        count += 1
    return count


@inlined
def _number(data: Bytes, at: int, digits: int) -> int:
    """The number that so many digits make."""
    value = 0
    for place in range(at, at + digits):
        value = value * 10 + (np.int64(data[place]) - _ZERO)
    return value


@inlined
def _without_spaces(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """Where a text begins and ends without the spaces around it."""
    while at < end and data[at] == _SPACE:
        at += 1
    while end > at and data[end - 1] == _SPACE:
        end -= 1
    return at, end


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
    value = _number(data, at, min(digits, _MICRO_DIGITS))
    for _ in range(_MICRO_DIGITS - digits):
        value *= 10
    return value


@compiled
def _clock(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The microseconds of a clock, and where it ends; `NOT_PLAIN` for none."""
    hour_digits = _digits(data, at, end, 2)
    minute_at = at + hour_digits + 1
    if not 1 <= hour_digits <= 2 or minute_at > end or data[minute_at - 1] != _COLON:
        return NOT_PLAIN, at
    minute_digits = _digits(data, minute_at, end, 2)
    hour, minute = _number(data, at, hour_digits), _number(data, minute_at, minute_digits)
    if not 1 <= minute_digits <= 2 or hour > 23 or minute > 59:
        return NOT_PLAIN, at
    micros = (hour * 60 + minute) * _MICROS_OF_MINUTE
    at = minute_at + minute_digits
    if at == end or (data[at] != _COLON and data[at] != _POINT):
        return micros, at
    is_pointed = data[at] == _POINT
    at += 1
    second_digits = _digits(data, at, end, 3)
    if is_pointed and second_digits == 3:
        # H:M.fff, thousandths of second 0.
        return micros + _number(data, at, 3) * 1_000, at + 3
    second = _number(data, at, second_digits)
    if not 1 <= second_digits <= 2 or second > 59 or (is_pointed and second_digits != 2):
        return NOT_PLAIN, at
    micros += second * _MICROS
    at += second_digits
    if at == end or data[at] != _POINT:
        # H:M.SS without a fraction is none.
        return (NOT_PLAIN if is_pointed else micros), at
    fraction_digits = _digits(data, at + 1, end, _MOST_FRACTION_DIGITS)
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
    if (data[at] != _PLUS and data[at] != _MINUS) or _digits(data, at + 1, end, 2) < 2:
        return NOT_PLAIN
    minutes_at = at + 3 + (left == 6 and data[at + 3] == _COLON)
    hours, minutes = _number(data, at + 1, 2), 0
    if left > 3:
        if end - minutes_at != 2 or _digits(data, minutes_at, end, 2) != 2:
            return NOT_PLAIN
        minutes = _number(data, minutes_at, 2)
    if hours > 23 or minutes > 59:
        return NOT_PLAIN
    ahead = (hours * 60 + minutes) * _MICROS_OF_MINUTE
    return -ahead if data[at] == _MINUS else ahead


@compiled
def _date(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The days since 1970 of a date, and where it ends; `NOT_PLAIN` for none."""
    # Indexes stay within a text that is long enough for a date.
    if end - at < 8 or _digits(data, at, end, 4) != 4 or data[at + 4] != _MINUS:
        return NOT_PLAIN, at
    month_digits = _digits(data, at + 5, end, 2)
    day_at = at + 6 + month_digits
    if not 1 <= month_digits <= 2 or day_at >= end or data[day_at - 1] != _MINUS:
        return NOT_PLAIN, at
    day_digits = _digits(data, day_at, end, 2)
    if not 1 <= day_digits <= 2:
        return NOT_PLAIN, at
    days = _days(_number(data, at, 4), _number(data, at + 5, month_digits), _number(data, day_at, day_digits))
    return days, day_at + day_digits


@compiled
def plain_instant(data: Bytes, at: int, length: int) -> int:
    """Rule 3: an instant in microseconds since 1970 in UTC, or `NOT_PLAIN`."""
    at, end = _without_spaces(data, at, at + max(0, length))
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
def _is_usd(data: Bytes, at: int, end: int) -> bool:
    if end - at < 3:
        return False
    return bool(data[at] & _UPPER == _U and data[at + 1] & _UPPER == _S and data[at + 2] & _UPPER == _D)


@compiled
def _whole(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The number before a point, perhaps in groups of three, and where it ends; `NOT_PLAIN` for none."""
    digits = _digits(data, at, end, _MOST_DOLLAR_DIGITS)
    value = _number(data, at, digits)
    is_grouped = at + digits < end and data[at + digits] == _COMMA
    if not 1 <= digits <= (_GROUP if is_grouped else _MOST_DOLLAR_DIGITS):
        return NOT_PLAIN, at
    at += digits
    while at < end and data[at] == _COMMA:
        digits += _GROUP
        if digits > _MOST_DOLLAR_DIGITS or _digits(data, at + 1, end, _GROUP) != _GROUP:
            return NOT_PLAIN, at
        value = value * 1_000 + _number(data, at + 1, _GROUP)
        at += 1 + _GROUP
    return value, at


@compiled
def plain_amount(data: Bytes, at: int, length: int) -> int:
    """Rule 4: an amount of US dollars in ten thousandths, or `NOT_PLAIN`."""
    at, end = _without_spaces(data, at, at + max(0, length))
    is_refund = end - at > 1 and data[at] == _MINUS and data[at + 1] == _DOLLAR
    at += is_refund
    is_marked = at < end and data[at] == _DOLLAR
    at += is_marked
    if not is_marked and _is_usd(data, at, end):
        at += 3
        is_marked = True
    while is_marked and at < end and data[at] == _SPACE:
        at += 1
    if not is_refund and at < end and data[at] == _MINUS:
        is_refund = True
        at += 1
    value, at = _whole(data, at, end)
    if value == NOT_PLAIN:
        return NOT_PLAIN
    cents = 0
    if at < end and data[at] == _POINT:
        cents = _digits(data, at + 1, end, _CENT_DIGITS)
        if not 1 <= cents <= _CENT_DIGITS:
            return NOT_PLAIN
        for _ in range(cents):
            value *= 10
        value += _number(data, at + 1, cents)
        at += 1 + cents
    for _ in range(_CENT_DIGITS - cents):
        value *= 10
    while at < end and data[at] == _SPACE:
        at += 1
    at += 3 * _is_usd(data, at, end)
    if at != end:
        return NOT_PLAIN
    return -value if is_refund else value


@compiled
def plain_count(data: Bytes, at: int, length: int, unit: int) -> int:
    """A count of units since 1970 as an instant, or `NOT_PLAIN`.

    Args:
        data: the bytes.
        at: where the text begins.
        length: how long it is.
        unit: the microseconds of a unit.
    """
    if not 1 <= length <= _MOST_COUNT_DIGITS or _digits(data, at, at + length, _MOST_COUNT_DIGITS) != length:
        return NOT_PLAIN
    count = _number(data, at, length)
    return count * unit if count <= _LAST_MICROS // unit else NOT_PLAIN


@compiled
def plain_number(data: Bytes, at: int, length: int, decimals: int) -> tuple[int, bool]:
    """A number without a currency in ten thousandths, or `NOT_PLAIN`; and whether digits were rounded away.

    Args:
        data: the bytes.
        at: where the text begins.
        length: how long it is.
        decimals: to how many decimals it is rounded, half away from zero; below 0 for not at all.
    """
    end = at + length
    is_negative = length > 0 and data[at] == _MINUS
    at += is_negative
    digits = _digits(data, at, end, _MOST_DOLLAR_DIGITS)
    if not 1 <= digits <= _MOST_DOLLAR_DIGITS:
        return NOT_PLAIN, False
    value = _number(data, at, digits)
    at += digits
    fraction = end - at - 1
    if at < end and (data[at] != _POINT or fraction < 1 or _digits(data, at + 1, end, fraction) != fraction):
        return NOT_PLAIN, False
    kept = _CENT_DIGITS if decimals < 0 else decimals
    up = was_rounded = False
    for place in range(max(fraction, kept)):
        digit = data[at + 1 + place] - _ZERO if place < fraction else 0
        if place < kept:
            value = value * 10 + np.int64(digit)
        elif digit > 0:
            was_rounded = True
            up = up or (place == kept and digit >= 5)
    if was_rounded and decimals < 0:
        return NOT_PLAIN, False
    value += up
    for _ in range(_CENT_DIGITS - kept):
        value *= 10
    if value >= _MOST_VALUE:
        return NOT_PLAIN, False
    return (-value if is_negative else value), was_rounded
