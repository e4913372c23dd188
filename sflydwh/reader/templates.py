"""Compiled: read records that differ from an earlier one only in their values, as most do.

A template is the text between the values of a record that was read by the grammar: its names, their order, nesting
and blanks, and also the values that a rule tests. A record that has the same text between valid values is chosen
by the same rule, and its values are at the same places of the format. So neither the grammar nor the rules are
needed again; only its customer, key, time and amount are read (`fill`). All other records take the long way.
"""

import sys
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sflydwh.reader.compiled import compiled, inlined
from sflydwh.reader.grammar import (
    ABSENT,
    INTEGER,
    LENGTH,
    MOST_TOKENS,
    NUMBER,
    START,
    TEXT,
    TOKEN_AWAITED,
    TOKEN_END,
    TOKEN_ROW,
    TOKEN_SLOT,
    TOKEN_START,
    TOKEN_WHAT,
    WHAT,
    Found,
)
from sflydwh.reader.resolve import CHOSEN_ROW, Chosen, is_absent
from sflydwh.reader.tables import IS_ID, IS_TESTED, NONE, PLACE_KIND_ROW, PLACE_KINDS, Ints
from sflydwh.reader.tokens import REFUSED, Bytes, number_end
from sflydwh.reader.words import WORD, Words, is_same, text_end, words_of

Counts = NDArray[np.int64]

# More kinds of records than this are rare, and each miss tries them all.
_MOST_TEMPLATES: Final = 16
# The row of what is chosen for a record that is like none.
NO_TEMPLATE: Final = _MOST_TEMPLATES
_MOST_SEGMENTS: Final = 128
_MOST_LITERAL_BYTES: Final = 4096
# What kind of record it is mostly shows in the first bytes.
_PREFIX: Final = 24
_BEGINNINGS: Final = 64
# Where fewer than half of so many records are like one before, only the likeliest are tried, and few are learnt.
_WINDOW: Final = 512
_FEW: Final = 2
_EACH: Final = 16

# What follows the bytes of a segment: nothing more, a value that may be another, or one that was compared.
_END, _TEXT, _NUMBER, _SAME = range(4)
# A row of a segment: where its bytes are, how many, what follows, and the slot, the sort and the length of that value.
_AT, _BYTES, _HOLE, _SLOT, _SORT, _SIZE, _SEGMENT_ROW = range(7)
# How many templates there are, the one of the last record, how many are tried; of a window, the records and the hits.
_COUNT, _LAST, _TRIES, _SEEN, _HITS, _STATE_SIZE = range(6)

_MINUS, _ZERO = b"-0"
_MIX_1, _MIX_2, _MIX_3 = map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
_IS_LITTLE_ENDIAN: Final = sys.byteorder == "little"


class Templates(NamedTuple):
    """The templates of one form of a log.

    Attributes:
        literals: the bytes of each template's segments.
        words: the same, eight bytes from each place on.
        segments: the segments of each.
        chosen: what the rules chose for each; in one more row, for the record at hand.
        likely: which template a record had the last time that began so.
        state: how many there are, and how they do.
        tokens: room for the values of a record to learn from.
    """

    literals: Bytes
    words: Words
    segments: NDArray[np.int32]
    chosen: Chosen
    likely: NDArray[np.int32]
    state: Counts
    tokens: NDArray[np.int32]


def no_templates() -> Templates:
    """Room for templates, and none yet."""
    literals = np.zeros(_MOST_TEMPLATES * _MOST_LITERAL_BYTES, np.uint8)
    state = np.zeros(_STATE_SIZE, np.int64)
    state[_TRIES] = _MOST_TEMPLATES
    return Templates(
        literals,
        words_of(literals),
        np.zeros((_MOST_TEMPLATES, _MOST_SEGMENTS, _SEGMENT_ROW), np.int32),
        np.zeros((_MOST_TEMPLATES + 1, CHOSEN_ROW), np.int32),
        np.zeros(_BEGINNINGS, np.int32),
        state,
        np.zeros((MOST_TOKENS + 1, TOKEN_ROW), np.int32),
    )


@inlined
def _beginning(words: Words, at: int) -> int:
    """A small number for the first bytes of a record."""
    mixed = (words[at] * _MIX_1) ^ (words[at + WORD] * _MIX_2) ^ (words[at + 2 * WORD] * _MIX_3)
    return int(np.int64((mixed * _MIX_1) >> np.uint64(58)))


@inlined
def _fit(
    data: Bytes,
    words: Words,
    at: int,
    found: Found,
    row: int,
    number: int,
    literals: Words,
    segments: NDArray[np.int32],
) -> int:
    """Where a record ends that is like a template, or `REFUSED`; what stands at its places is set."""
    base = number * _MOST_LITERAL_BYTES
    for slot in range(found.shape[1]):
        found[row, slot, WHAT] = ABSENT
    for segment in range(_MOST_SEGMENTS):
        length = segments[number, segment, _BYTES]
        if at + length >= len(words):
            return REFUSED
        if not is_same(words, at, literals, base + segments[number, segment, _AT], length):
            return REFUSED
        at += length
        hole, slot = segments[number, segment, _HOLE], segments[number, segment, _SLOT]
        if hole == _END:
            return at
        what, end = segments[number, segment, _SORT], at
        if hole == _TEXT:
            end = text_end(data, words, at)
        elif hole == _NUMBER:
            end = number_end(data, at)
            what = INTEGER if end > 0 else NUMBER
            if abs(end) - at == 2 and data[at] == _MINUS and data[at + 1] == _ZERO:
                return REFUSED
        if end == REFUSED:
            return REFUSED
        if slot != NONE:
            size = segments[number, segment, _SIZE] if hole == _SAME else abs(end) - at
            # An escape would have to be read, and a text may be empty only where it was so before.
            if hole == _TEXT and end <= at:
                return REFUSED
            found[row, slot, WHAT], found[row, slot, START], found[row, slot, LENGTH] = what, at, size
        at = abs(end)
    return REFUSED


@inlined
def like_before(data: Bytes, words: Words, at: int, found: Found, row: int, templates: Templates) -> int:
    """Where a record ends that is like one before, or `REFUSED`.

    Args:
        data: the block.
        words: the eight bytes from each of its places on.
        at: where the record begins.
        found: set to what stands at the places that matter.
        row: the row of the record in there.
        templates: the templates; `last` tells the one that fits.
    """
    state = templates.state
    count = state[_COUNT]
    if state[_SEEN] == _WINDOW:
        state[_TRIES] = _MOST_TEMPLATES if 2 * state[_HITS] >= _WINDOW else _FEW
        state[_SEEN] = state[_HITS] = 0
    state[_SEEN] += 1
    if at + _PREFIX >= len(words):
        return REFUSED
    beginning = _beginning(words, at)
    first = np.int64(templates.likely[beginning])
    for tried in range(min(count, state[_TRIES])):
        number = first + tried
        if number >= count:
            number -= count
        end = _fit(data, words, at, found, row, number, templates.words, templates.segments)
        if end != REFUSED:
            templates.likely[beginning] = number
            state[_LAST] = number
            state[_HITS] += 1
            return end
    return REFUSED


@inlined
def last(templates: Templates) -> int:
    """The number of the template that fitted last."""
    return int(templates.state[_LAST])


def hits(templates: Templates) -> int:
    """How many records of the window were like one before."""
    return int(templates.state[_HITS])


@inlined
def is_worth_learning(templates: Templates) -> bool:
    """Whether the record at hand, which is like none, may become a template."""
    state = templates.state
    return bool(_IS_LITTLE_ENDIAN and (state[_COUNT] < _MOST_TEMPLATES or state[_SEEN] % _EACH == 0))


@inlined
def _is_to_stay(data: Bytes, found: Found, row: int, numbers: Ints, text: Bytes, slot: int, is_empty: bool) -> bool:
    """Whether another value at a place might change what the rules choose."""
    kind = numbers[PLACE_KINDS] + slot * PLACE_KIND_ROW
    if is_empty or numbers[kind + IS_TESTED]:
        return True
    return bool(numbers[kind + IS_ID] and is_absent(data, found, row, slot, numbers, text))


@compiled
def learn(
    data: Bytes,
    words: Words,
    at: int,
    end: int,
    found: Found,
    row: int,
    numbers: Ints,
    text: Bytes,
    templates: Templates,
) -> None:
    """Make a template of a record that was read with its tokens; one of the old ones gives way where there are many."""
    tokens, segments, state = templates.tokens, templates.segments, templates.state
    count = tokens[0, 0]
    # At the end of a block a record is like none, for the words after it are missing.
    if count > MOST_TOKENS or end + _PREFIX >= len(words):
        return
    number = state[_COUNT] if state[_COUNT] < _MOST_TEMPLATES else (state[_SEEN] // _EACH) % _MOST_TEMPLATES
    base = number * _MOST_LITERAL_BYTES
    used = segment = 0
    begin = at
    for token in range(1, count + 2):
        is_last = token > count
        start = end if is_last else tokens[token, TOKEN_START]
        stop = end if is_last else tokens[token, TOKEN_END]
        slot = NONE if is_last else tokens[token, TOKEN_SLOT]
        what = ABSENT if is_last else tokens[token, TOKEN_WHAT]
        stays = not is_last and tokens[token, TOKEN_AWAITED] != 0
        if slot != NONE:
            stays = _is_to_stay(data, found, row, numbers, text, slot, start == stop)
        if stays and slot == NONE:
            continue
        length = start - begin
        if segment == _MOST_SEGMENTS or used + length + WORD > _MOST_LITERAL_BYTES:
            # What stood there before is spoilt: nothing fits it.
            segments[number, 0, _BYTES] = np.int32(2**30)
            return
        for place in range(length):
            templates.literals[base + used + place] = data[begin + place]
        hole = _END if is_last else _SAME if stays else _TEXT if what == TEXT else _NUMBER
        segments[number, segment, _AT], segments[number, segment, _BYTES] = used, length
        segments[number, segment, _HOLE], segments[number, segment, _SLOT] = hole, slot
        segments[number, segment, _SORT], segments[number, segment, _SIZE] = what, stop - start
        used += length
        segment += 1
        begin = start if stays else stop
    for column in range(CHOSEN_ROW):
        templates.chosen[number, column] = templates.chosen[NO_TEMPLATE, column]
    if number == state[_COUNT]:
        state[_COUNT] += 1
    templates.likely[_beginning(words, at)] = number
