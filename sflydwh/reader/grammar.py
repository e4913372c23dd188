"""Read JSON objects in one pass over their bytes: compiled, for the records that are common.

An object is accepted only if it is strictly valid and the texts at its places need no
unescaping. What is refused here need not be invalid; the exact path (`strict`)
decides. So every doubtful case is refused: an escape in a name or in a value that matters, a
lone surrogate, a name given twice, deep nesting.

The bytes must end in a line break or a NUL. Neither can be inside a value,
so nothing beyond it is read.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sflydwh.reader.compiled import compiled, inlined
from sflydwh.reader.tables import (
    AWAITS,
    CASE_END,
    CASE_OBJECT,
    CASE_ROW,
    CASE_START,
    CASES,
    END_CASE,
    END_NAME,
    FIRST_CASE,
    FIRST_NAME,
    LIST_ROW,
    LISTS,
    NAME_END,
    NAME_LIST,
    NAME_OBJECT,
    NAME_PLACE,
    NAME_ROW,
    NAME_START,
    NAMES,
    NONE,
    OBJECT_ROW,
    OBJECTS,
    OTHER,
    WAITING,
    Ints,
)
from sflydwh.reader.tokens import REFUSED, Bytes, after_blanks, number_end, string_end, word_end

Places = NDArray[np.int32]
# What stands at each place of each record, where its text begins and how long it is.
Found = NDArray[np.int32]
WHAT, START, LENGTH = range(3)

MISSING: Final = -1

_QUOTE, _COMMA, _COLON = b'",:'
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = b"{}[]"
_MINUS, _ZERO, _NINE, _T, _F = b"-09tf"

# What stands at a place.
ABSENT, TEXT, INTEGER, NUMBER, TRUE, FALSE, NESTED = range(7)
# A row of a value that is a text or a number, for who wants to learn from a record: its bytes, what it is, its place,
# and whether it tells which object of a list this is. The first row says how many there are, one more for too many.
TOKEN_START, TOKEN_END, TOKEN_WHAT, TOKEN_SLOT, TOKEN_AWAITED, TOKEN_ROW = range(6)
MOST_TOKENS: Final = 250

# One bit a level says whether it is an object.
_MOST_LEVELS: Final = 60


@inlined
def same(data: Bytes, start: int, end: int, text: Bytes, text_start: int, text_end: int) -> bool:
    """Whether bytes are those of a text."""
    if end - start != text_end - text_start:
        return False
    length = 0
    while start + length < end and data[start + length] == text[text_start + length]:
        length += 1
    return start + length == end


@inlined
def _name(data: Bytes, start: int, end: int, numbers: Ints, text: Bytes, place: int) -> int:
    """The number of a name of an object of the tree, `NONE` for any other name."""
    object_ = numbers[OBJECTS] + place * OBJECT_ROW
    names = numbers[NAMES]
    for name in range(numbers[object_ + FIRST_NAME], numbers[object_ + END_NAME]):
        row = names + name * NAME_ROW
        if same(data, start, end, text, numbers[row + NAME_START], numbers[row + NAME_END]):
            return name
    return NONE


@compiled
def _case(data: Bytes, start: int, end: int, numbers: Ints, text: Bytes, list_: int, told: int) -> int:
    """The case of a list that has a text, if it was not told before; `NONE` for none."""
    row = numbers[LISTS] + list_ * LIST_ROW
    for case in range(numbers[row + FIRST_CASE], numbers[row + END_CASE]):
        at = numbers[CASES] + case * CASE_ROW
        if not told >> case & 1 and same(data, start, end, text, numbers[at + CASE_START], numbers[at + CASE_END]):
            return case
    return NONE


@inlined
def _of_list(numbers: Ints, list_: int, column: int) -> int:
    """What an object of a list is, before it is told or where nothing asks for it."""
    return int(numbers[numbers[LISTS] + list_ * LIST_ROW + column])


@inlined
def _key_bit(numbers: Ints, place: int) -> int:
    """The bit of the name that tells an object of a list, once it is told."""
    return 1 << int(numbers[numbers[OBJECTS] + place * OBJECT_ROW + FIRST_NAME])


@compiled
def _names_of(numbers: Ints, place: int) -> int:
    """A bit for each name of an object of the tree."""
    row = numbers[OBJECTS] + place * OBJECT_ROW
    bits = 0
    for name in range(numbers[row + FIRST_NAME], numbers[row + END_NAME]):
        bits |= 1 << name
    return bits


@inlined
def _note(tokens: Places, start: int, end: int, what: int, slot: int, awaited: bool) -> None:
    """Note a value, if there is room."""
    count = min(tokens[0, 0] + 1, MOST_TOKENS + 1)
    tokens[0, 0] = count
    if count <= MOST_TOKENS:
        tokens[count, TOKEN_START], tokens[count, TOKEN_END], tokens[count, TOKEN_WHAT] = start, end, what
        tokens[count, TOKEN_SLOT], tokens[count, TOKEN_AWAITED] = slot, awaited


@compiled
def object_end(
    data: Bytes,
    at: int,
    breaks: bool,
    row: int,
    found: Found,
    numbers: Ints,
    text: Bytes,
    open_: Places,
    tokens: Places,
    with_tokens: bool,
) -> int:
    """Read one object.

    Args:
        data: bytes that end in a line break or NUL.
        at: the place of its ``{``.
        breaks: whether line breaks are blanks.
        row: the row of the record in what follows.
        found: set to what stands at each place, `ABSENT` for nothing, where its text begins and how long it is.
        numbers: the format.
        text: its texts.
        open_: room for what is open at each level.
        tokens: set to the values that are texts or numbers, `TOKEN_START` and so on.
        with_tokens: whether that is wanted.

    Returns:
        The place after its ``}``, or `REFUSED`.
    """
    for slot in range(found.shape[1]):
        found[row, slot, WHAT] = ABSENT
    objects, names = numbers[OBJECTS], numbers[NAMES]
    seen = told = 0
    tokens[0, 0] = 0
    levels = np.uint64(1)
    depth = 1
    in_object = True
    # The object of the tree, or the list, that is open; `NONE` where nothing in it matters.
    place = 0
    at = after_blanks(data, at + 1, breaks)
    if data[at] == _CLOSE:
        return at + 1
    while True:
        name = slot = awaited = NONE
        if in_object:
            end = string_end(data, at + 1) if data[at] == _QUOTE else REFUSED
            if end == REFUSED:
                return REFUSED
            if place != NONE:
                # An escape may spell a name of ours.
                if end < 0:
                    return REFUSED
                name = _name(data, at + 1, end, numbers, text, place)
                awaited = numbers[objects + place * OBJECT_ROW + AWAITS]
                if name != NONE:
                    if seen >> name & 1:
                        return REFUSED
                    seen |= 1 << name
                    slot = numbers[names + name * NAME_ROW + NAME_PLACE]
                elif awaited != NONE:
                    # An object of a list must say first which one it is.
                    return REFUSED
            at = after_blanks(data, abs(end) + 1, breaks)
            if data[at] != _COLON:
                return REFUSED
            at = after_blanks(data, at + 1, breaks)
        byte = data[at]
        if byte == _OPEN or byte == _OPEN_LIST:
            if slot != NONE:
                found[row, slot, WHAT] = NESTED
            below = NONE
            if name != NONE:
                below = numbers[names + name * NAME_ROW + (NAME_OBJECT if byte == _OPEN else NAME_LIST)]
            elif not in_object and place != NONE and byte == _OPEN:
                below = _of_list(numbers, place, WAITING)
                seen &= ~(_names_of(numbers, below) | _names_of(numbers, _of_list(numbers, place, OTHER)))
            if awaited != NONE:
                place = _of_list(numbers, awaited, OTHER)
                seen |= _key_bit(numbers, place)
            at = after_blanks(data, at + 1, breaks)
            if data[at] != byte + 2:
                if depth == _MOST_LEVELS:
                    return REFUSED
                open_[depth] = place
                place = below
                depth += 1
                in_object = byte == _OPEN
                levels = levels << np.uint64(1) | np.uint64(in_object)
                continue
            at += 1
        elif byte == _QUOTE:
            end = string_end(data, at + 1)
            if end == REFUSED or (end < 0 and (slot != NONE or awaited != NONE)):
                return REFUSED
            if with_tokens:
                _note(tokens, at + 1, abs(end), TEXT, slot, awaited != NONE)
            if slot != NONE:
                found[row, slot, WHAT], found[row, slot, START], found[row, slot, LENGTH] = TEXT, at + 1, end - at - 1
            if awaited != NONE:
                case = _case(data, at + 1, end, numbers, text, awaited, told)
                if case == NONE:
                    place = _of_list(numbers, awaited, OTHER)
                else:
                    place = numbers[numbers[CASES] + case * CASE_ROW + CASE_OBJECT]
                    told |= 1 << case
                seen |= _key_bit(numbers, place)
            at = abs(end) + 1
        elif byte == _MINUS or _ZERO <= byte <= _NINE:
            end = number_end(data, at)
            # The text of -0 as an id is not as written.
            if end == REFUSED or (end - at == 2 and byte == _MINUS and data[at + 1] == _ZERO):
                return REFUSED
            if with_tokens:
                _note(tokens, at, abs(end), INTEGER if end > 0 else NUMBER, slot, awaited != NONE)
            if slot != NONE:
                found[row, slot, WHAT] = INTEGER if end > 0 else NUMBER
                found[row, slot, START], found[row, slot, LENGTH] = at, abs(end) - at
            if awaited != NONE:
                place = _of_list(numbers, awaited, OTHER)
                seen |= _key_bit(numbers, place)
            at = abs(end)
        else:
            end = word_end(data, at)
            if end == REFUSED:
                return REFUSED
            if slot != NONE:
                found[row, slot, WHAT] = TRUE if byte == _T else FALSE if byte == _F else ABSENT
                found[row, slot, START], found[row, slot, LENGTH] = at, end - at
            if awaited != NONE:
                place = _of_list(numbers, awaited, OTHER)
                seen |= _key_bit(numbers, place)
            at = end
        at = after_blanks(data, at, breaks)
        while data[at] == (_CLOSE if in_object else _CLOSE_LIST):
            at += 1
            depth -= 1
            if depth == 0:
                return at
            place = open_[depth]
            levels >>= np.uint64(1)
            in_object = levels & np.uint64(1) == 1
            at = after_blanks(data, at, breaks)
        if data[at] != _COMMA:
            return REFUSED
        at = after_blanks(data, at + 1, breaks)
