"""The grammar of JSON, for events as they are nearly all: one pass over an object's bytes.

An object is taken only if it is strictly valid and needs no judgement: its
fields' texts stand in the bytes as they are. What is refused here is not wrong
yet; the exact path (`strict`) decides. So every doubt is a refusal: an escape in
a name or in a field that is read, a surrogate alone, a field given twice, deep
nesting, no type.

The bytes must end in a line break or a NUL. Neither can stand where a value
goes on, so nothing is read beyond it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sflydwh.formats.model import CUSTOMER_ID, FIELDS, KEY, TOTAL_AMOUNT, TYPE
from sflydwh.reader.compiled import compiled

Bytes = NDArray[np.uint8]
Places = NDArray[np.int32]

REFUSED: Final = 0
MISSING: Final = -1
_OTHER_TEXT: Final = -2

_QUOTE, _BACKSLASH, _COMMA, _COLON = b'"\\,:'
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = b"{}[]"
_SPACE, _TAB, _LF, _CR = b" \t\n\r"
_MINUS, _PLUS, _POINT, _ZERO, _NINE, _E = b"-+.09e"
_U, _D = b"ud"
_LOWER: Final = 0x20
_IS_SIMPLE_ESCAPE: Final = np.isin(np.arange(256), list(b'"\\/bfnrt'))
_IS_HEX_DIGIT: Final = np.isin(np.arange(256), list(b"0123456789abcdefABCDEF"))
_IS_QUIET: Final = np.array([32 <= byte < 128 and byte not in b'"\\' for byte in range(256)])
_WORDS: Final = tuple(np.frombuffer(word, np.uint8) for word in (b"true", b"false", b"null"))

_NAME_LENGTHS: Final = np.array([len(name) for name in FIELDS])
_NAMES: Final = np.array([list(name.encode().ljust(max(_NAME_LENGTHS))) for name in FIELDS], np.uint8)
_TYPE_FIELD: Final = FIELDS.index(TYPE)
_AMOUNT_FIELD: Final = FIELDS.index(TOTAL_AMOUNT)
_ID_FIELDS: Final = np.array([name in (CUSTOMER_ID, KEY) for name in FIELDS])
# One bit a level says whether it is an object.
_MOST_LEVELS: Final = 60


@compiled
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
def _string_end(data: Bytes, at: int) -> int:
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
def _number_end(data: Bytes, at: int) -> int:
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
def _word_end(data: Bytes, at: int) -> int:
    """Where ``true``, ``false`` or ``null`` ends."""
    for word in _WORDS:
        length = 0
        while length < len(word) and data[at + length] == word[length]:
            length += 1
        if length == len(word):
            return at + length
    return REFUSED


@compiled
def _field(data: Bytes, start: int, end: int) -> int:
    """The number of the field of this name, `MISSING` for any other name."""
    for field in range(len(_NAME_LENGTHS)):
        if _NAME_LENGTHS[field] != end - start:
            continue
        length = 0
        while start + length < end and data[start + length] == _NAMES[field, length]:
            length += 1
        if start + length == end:
            return field
    return MISSING


@compiled
def _number_as_text(data: Bytes, start: int, end: int, field: int, is_integer: bool) -> int:
    """How long the text is that a number gives for a field, if any; that of ``-0`` as an id is not as written."""
    if field == _AMOUNT_FIELD:
        return end - start
    if field == MISSING or not is_integer or not _ID_FIELDS[field]:
        return MISSING
    is_minus_zero = end - start == 2 and data[start] == _MINUS and data[start + 1] == _ZERO
    return _OTHER_TEXT if is_minus_zero else end - start


@compiled
def object_end(data: Bytes, at: int, breaks: bool, event: int, starts: Places, lengths: Places) -> int:
    """Read one object.

    Args:
        data: bytes that end in a line break or NUL.
        at: the place of its ``{``.
        breaks: whether line breaks are blanks.
        event: the row of the event in what follows.
        starts: set to where the text of each field begins.
        lengths: set to how long it is, `MISSING` where there is none.

    Returns:
        The place after its ``}``, or `REFUSED`.
    """
    for field in range(len(_NAME_LENGTHS)):
        lengths[event, field] = MISSING
    seen = 0
    levels = np.uint64(1)
    depth = 1
    in_object = True
    at = after_blanks(data, at + 1, breaks)
    while True:
        field = MISSING
        if in_object:
            end = _string_end(data, at + 1) if data[at] == _QUOTE else REFUSED
            if end == REFUSED:
                return REFUSED
            if depth == 1:
                field = _field(data, at + 1, end)
                if end < 0 or (field != MISSING and seen >> field & 1):
                    return REFUSED
                if field != MISSING:
                    seen |= 1 << field
            at = after_blanks(data, abs(end) + 1, breaks)
            if data[at] != _COLON:
                return REFUSED
            at = after_blanks(data, at + 1, breaks)
        byte = data[at]
        if byte == _OPEN or byte == _OPEN_LIST:
            at = after_blanks(data, at + 1, breaks)
            if data[at] != byte + 2:
                if depth == _MOST_LEVELS:
                    return REFUSED
                depth += 1
                in_object = byte == _OPEN
                levels = levels << np.uint64(1) | np.uint64(in_object)
                continue
            at += 1
        elif byte == _QUOTE:
            end = _string_end(data, at + 1)
            if end == REFUSED or (end < 0 and field != MISSING):
                return REFUSED
            if field != MISSING:
                starts[event, field], lengths[event, field] = at + 1, end - at - 1
            at = abs(end) + 1
        elif byte == _MINUS or _ZERO <= byte <= _NINE:
            end = _number_end(data, at)
            if end == REFUSED:
                return REFUSED
            length = _number_as_text(data, at, abs(end), field, end > 0)
            if length == _OTHER_TEXT:
                return REFUSED
            if length != MISSING:
                starts[event, field], lengths[event, field] = at, length
            at = abs(end)
        else:
            at = _word_end(data, at)
            if at == REFUSED:
                return REFUSED
        at = after_blanks(data, at, breaks)
        while data[at] == (_CLOSE if in_object else _CLOSE_LIST):
            at += 1
            depth -= 1
            if depth == 0:
                return at if lengths[event, _TYPE_FIELD] != MISSING else REFUSED
            levels >>= np.uint64(1)
            in_object = levels & np.uint64(1) == 1
            at = after_blanks(data, at, breaks)
        if data[at] != _COMMA:
            return REFUSED
        at = after_blanks(data, at + 1, breaks)
