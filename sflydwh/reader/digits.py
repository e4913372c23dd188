"""Digits in a text, compiled."""

from typing import Final

import numpy as np

from sflydwh.reader.compiled import inlined
from sflydwh.reader.tokens import Bytes

NOT_PLAIN: Final = -(2**63)
_SPACE, _ZERO, _NINE = b" 09"


@inlined
def is_digit(byte: int) -> bool:
    """Whether a byte is a digit of ASCII."""
    return _ZERO <= byte <= _NINE


@inlined
def count_digits(data: Bytes, at: int, end: int, most: int) -> int:
    """How many digits stand there, up to one more than the most."""
    count = 0
    while at + count < end and count <= most and is_digit(data[at + count]):
        count += 1
    return count


@inlined
def number_of(data: Bytes, at: int, digits: int) -> int:
    """The number that so many digits make."""
    value = 0
    for place in range(at, at + digits):
        value = value * 10 + (np.int64(data[place]) - _ZERO)
    return value


@inlined
def without_spaces(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """Where a text begins and ends without the spaces around it."""
    while at < end and data[at] == _SPACE:
        at += 1
    while end > at and data[end - 1] == _SPACE:
        end -= 1
    return at, end
