"""Bytes eight at a time, compiled."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sflydwh.reader.compiled import inlined
from sflydwh.reader.tokens import Bytes, string_end

Words = NDArray[np.uint64]

WORD: Final = 8
(_QUOTE,) = b'"'
_LOW: Final = np.uint64(0x0101010101010101)
_HIGH: Final = np.uint64(0x8080808080808080)
_SPACES: Final = np.uint64(0x2020202020202020)
_QUOTES: Final = np.uint64(0x2222222222222222)
_BACKSLASHES: Final = np.uint64(0x5C5C5C5C5C5C5C5C)
_PLACE_OF_BIT: Final = np.uint64(0x0001020304050607)


def words_of(data: Bytes) -> Words:
    """The eight bytes from each place on, without a copy."""
    words: Words = np.ndarray((max(0, len(data) - WORD + 1),), np.uint64, data, 0, (1,))
    return words


@inlined
def text_end(data: Bytes, words: Words, at: int) -> int:
    """As `string_end`, eight bytes at a time."""
    while at < len(words):
        word = words[at]
        quote, backslash = word ^ _QUOTES, word ^ _BACKSLASHES
        # The high bit of each byte that may not be passed by; above the lowest of them others may be wrong.
        marks = (
            word | ((word - _SPACES) & ~word) | ((quote - _LOW) & ~quote) | ((backslash - _LOW) & ~backslash)
        ) & _HIGH
        if marks:
            lowest = (marks & (~marks + np.uint64(1))) >> np.uint64(7)
            at += np.int64((lowest * _PLACE_OF_BIT) >> np.uint64(56))
            break
        at += WORD
    return at if data[at] == _QUOTE else string_end(data, at)


@inlined
def is_same(words: Words, at: int, literals: Words, start: int, length: int) -> bool:
    """Whether so many bytes are those of a template; eight bytes from the last on can be read."""
    while length >= WORD:
        if words[at] != literals[start]:
            return False
        at, start, length = at + WORD, start + WORD, length - WORD
    mask = (np.uint64(1) << np.uint64(8 * length)) - np.uint64(1)
    return bool((words[at] ^ literals[start]) & mask == np.uint64(0))
