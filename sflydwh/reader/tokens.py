"""Compiled: where a token of JSON ends, or that it is invalid.

The bytes must end in a line break or a NUL. Neither can be inside a token,
so nothing beyond it is read.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sflydwh.reader.compiled import compiled, inlined

Bytes = NDArray[np.uint8]

REFUSED: Final = 0

_QUOTE, _BACKSLASH = b'"\\'
_SPACE, _TAB, _LF, _CR = b" \t\n\r"
_MINUS, _PLUS, _POINT, _ZERO, _NINE, _E = b"-+.09e"
_U, _D = b"ud"
_LOWER: Final = 0x20
_IS_SIMPLE_ESCAPE: Final = np.isin(np.arange(256), list(b'"\\/bfnrt'))
_IS_HEX_DIGIT: Final = np.isin(np.arange(256), list(b"0123456789abcdefABCDEF"))
_IS_QUIET: Final = np.array([32 <= byte < 128 and byte not in b'"\\' for byte in range(256)])
_WORDS: Final = tuple(np.frombuffer(word, np.uint8) for word in (b"true", b"false", b"null"))


@inlined
def after_blanks(data: Bytes, at: int, breaks: bool) -> int:
    """The place of the first byte that is no blank; line breaks are blanks where `breaks` says so."""
    while data[at] == _SPACE or data[at] == _TAB or (breaks and (data[at] == _LF or data[at] == _CR)):
        at += 1
    return at


@compiled
def _after_letter(data: Bytes, at: int) -> int:
    """After a letter of UTF-8 beyond ASCII: two to four bytes, none longer than need be, no surrogate."""
    first, second = data[at], data[at + 1]
    if first < 0xC2 or first > 0xF4:
        return REFUSED
    if first < 0xE0:
        return at + 2 if second & 0xC0 == 0x80 else REFUSED
    least, most = 0x80, 0xBF
    if first == 0xE0:
        least = 0xA0
    elif first == 0xED:
        most = 0x9F
    elif first == 0xF0:
        least = 0x90
    elif first == 0xF4:
        most = 0x8F
    if second < least or second > most or data[at + 2] & 0xC0 != 0x80:
        return REFUSED
    if first < 0xF0:
        return at + 3
    return at + 4 if data[at + 3] & 0xC0 == 0x80 else REFUSED


@compiled
def _after_escape(data: Bytes, at: int) -> int:
    r"""After an escape; of ``\u`` only those that are a letter by themselves."""
    if data[at + 1] != _U:
        return at + 2 if _IS_SIMPLE_ESCAPE[data[at + 1]] else REFUSED
    for place in range(at + 2, at + 6):
        if not _IS_HEX_DIGIT[data[place]]:
            return REFUSED
    is_surrogate = data[at + 2] | _LOWER == _D and data[at + 3] > b"7"[0]
    return REFUSED if is_surrogate else at + 6


@compiled
def string_end(data: Bytes, at: int) -> int:
    """The place of a string's closing quote, from the place after its opening one; negative where it holds escapes."""
    sign = 1
    while True:
        byte = data[at]
        while _IS_QUIET[byte]:
            at += 1
            byte = data[at]
        if byte == _QUOTE:
            return at * sign
        if byte < _SPACE:
            return REFUSED
        if byte == _BACKSLASH:
            sign = -1
            at = _after_escape(data, at)
        else:
            at = _after_letter(data, at)
        if at == REFUSED:
            return REFUSED


@compiled
def _after_digits(data: Bytes, at: int) -> int:
    while _ZERO <= data[at] <= _NINE:
        at += 1
    return at


@compiled
def number_end(data: Bytes, at: int) -> int:
    """Where a number ends; negative where it is no integer."""
    at += data[at] == _MINUS
    end = at + 1 if data[at] == _ZERO else _after_digits(data, at)
    if end == at:
        return REFUSED
    sign = 1
    if data[end] == _POINT:
        sign = -1
        at, end = end + 1, _after_digits(data, end + 1)
        if end == at:
            return REFUSED
    if data[end] | _LOWER == _E:
        sign = -1
        at = end + 1
        at += data[at] == _MINUS or data[at] == _PLUS
        end = _after_digits(data, at)
        if end == at:
            return REFUSED
    return end * sign


@compiled
def word_end(data: Bytes, at: int) -> int:
    """Where ``true``, ``false`` or ``null`` ends."""
    for word in _WORDS:
        length = 0
        while length < len(word) and data[at + length] == word[length]:
            length += 1
        if length == len(word):
            return at + length
    return REFUSED
