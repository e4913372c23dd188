"""Rule 4 compiled: amounts from texts without escapes.

A shortcut for `formats.amounts` that gives the same amounts: what is refused here is judged there.
"""

from typing import Final

import numpy as np

from sflydwh.reader.compiled import compiled
from sflydwh.reader.digits import NOT_PLAIN, count_digits, number_of, without_spaces
from sflydwh.reader.tokens import Bytes

_MINUS, _POINT, _COMMA, _SPACE, _DOLLAR, _ZERO = b"-., $0"
_U, _S, _D = b"USD"
_UPPER: Final = 0xDF
_MOST_DOLLAR_DIGITS: Final = 14
_CENT_DIGITS: Final = 4
_MOST_VALUE: Final = 10 ** (_MOST_DOLLAR_DIGITS + _CENT_DIGITS)
_GROUP: Final = 3


@compiled
def _is_usd(data: Bytes, at: int, end: int) -> bool:
    if end - at < 3:
        return False
    return bool(data[at] & _UPPER == _U and data[at + 1] & _UPPER == _S and data[at + 2] & _UPPER == _D)


@compiled
def _whole(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The number before a point, perhaps in groups of three, and where it ends; `NOT_PLAIN` for none."""
    digits = count_digits(data, at, end, _MOST_DOLLAR_DIGITS)
    value = number_of(data, at, digits)
    is_grouped = at + digits < end and data[at + digits] == _COMMA
    if not 1 <= digits <= (_GROUP if is_grouped else _MOST_DOLLAR_DIGITS):
        return NOT_PLAIN, at
    at += digits
    while at < end and data[at] == _COMMA:
        digits += _GROUP
        if digits > _MOST_DOLLAR_DIGITS or count_digits(data, at + 1, end, _GROUP) != _GROUP:
            return NOT_PLAIN, at
        value = value * 1_000 + number_of(data, at + 1, _GROUP)
        at += 1 + _GROUP
    return value, at


@compiled
def plain_amount(data: Bytes, at: int, length: int) -> int:
    """Rule 4: an amount of US dollars in ten thousandths, or `NOT_PLAIN`."""
    at, end = without_spaces(data, at, at + max(0, length))
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
        cents = count_digits(data, at + 1, end, _CENT_DIGITS)
        if not 1 <= cents <= _CENT_DIGITS:
            return NOT_PLAIN
        for _ in range(cents):
            value *= 10
        value += number_of(data, at + 1, cents)
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
    digits = count_digits(data, at, end, _MOST_DOLLAR_DIGITS)
    if not 1 <= digits <= _MOST_DOLLAR_DIGITS:
        return NOT_PLAIN, False
    value = number_of(data, at, digits)
    at += digits
    fraction = end - at - 1
    if at < end and (data[at] != _POINT or fraction < 1 or count_digits(data, at + 1, end, fraction) != fraction):
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
