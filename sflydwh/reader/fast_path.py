"""The fast path: finds, reads and judges the clean records of a block in one pass.

It leaves all other records to the exact path, and says where they are.
"""

from typing import Final

import numpy as np

from sflydwh.reader.compiled import compiled, inlined
from sflydwh.reader.fill import fill
from sflydwh.reader.grammar import Found, Places, object_end
from sflydwh.reader.records import BEGIN, END, Made, Records, Values, room_for
from sflydwh.reader.resolve import choose
from sflydwh.reader.tables import Ints, Tables
from sflydwh.reader.templates import (
    NO_TEMPLATE,
    Templates,
    hits,
    is_worth_learning,
    last,
    learn,
    like_before,
    no_templates,
)
from sflydwh.reader.tokens import REFUSED, Bytes, after_blanks
from sflydwh.reader.words import Words, words_of

# The shortest record holds something.
_LEAST_RECORD_BYTES: Final = len(b'{"":0}')
# A line that is left holds something, and ends.
_LEAST_LINE_BYTES: Final = len(b"x\n")
_LF, _CR, _OPEN = b"\n\r{"
_IS_PUNCTUATION: Final = np.isin(np.arange(256), list(b",[] \t"))


class FastPath:
    """Reads the blocks of one file, one after the other, into the same memory.

    Args:
        tables: the format.
        places: how many places it reads.
        event_bytes: the size above which a record is not taken.
    """

    def __init__(self, tables: Tables, places: int, event_bytes: int) -> None:
        self._tables = tables
        self._places = places
        self._event_bytes = event_bytes
        self._left = np.empty((0, 2), np.int32)
        self._records = room_for(0, places)
        self._open = np.empty(64, np.int32)
        self._of_lines, self._of_stream = no_templates(), no_templates()
        self._stream = np.empty(0, np.uint8)
        self._words = words_of(self._stream)
        self._taken = 0

    def take_lines(self, block: bytes | memoryview) -> tuple[Bytes, Records, Places]:
        """Read the lines that hold only clean records.

        Args:
            block: whole lines; the last one may lack its line break.

        Returns:
            The block; its records, valid until the next block is read; the begin and end of each line that is left.
        """
        data = np.frombuffer(block if block[-1:] in (b"\n", b"\r") else bytes(block) + b"\n", np.uint8)
        self._make_room(len(data))
        taken, lines = _take_lines(
            data,
            words_of(data),
            False,
            self._event_bytes,
            *self._records,
            self._left,
            *self._tables,
            self._open,
            self._of_lines,
        )
        return data, self._records.first(taken), self._left[:lines]

    def start_stream(self, block: bytes) -> None:
        """Start with a block of a stream; nothing of it is read yet."""
        self._stream = np.frombuffer(block + b"\0", np.uint8)
        self._words = words_of(self._stream)
        self._taken = 0
        self._make_room(len(self._stream))

    def go_on(self, at: int) -> int:
        """Read clean records from a place on, as long as only punctuation separates them.

        Returns:
            The place of the first record that is not clean or not complete; the block's end if all were read.
        """
        self._taken, end = _take_stream(
            self._stream,
            self._words,
            at,
            True,
            self._event_bytes,
            self._taken,
            *self._records,
            *self._tables,
            self._open,
            self._of_stream,
        )
        return end

    def taken_of_stream(self) -> tuple[Bytes, Records]:
        """The block, and its records read so far."""
        return self._stream, self._records.first(self._taken)

    @property
    def hits(self) -> int:
        """How many of the last few hundred lines fitted a template."""
        return hits(self._of_lines)

    def _make_room(self, size: int) -> None:
        """Make room for all records and lines that so many bytes can hold, and for one more, which may be refused."""
        most_records, most_lines = size // _LEAST_RECORD_BYTES + 1, size // _LEAST_LINE_BYTES
        if most_lines > len(self._left):
            self._left = np.empty((most_lines, 2), np.int32)
        if most_records > len(self._records.made):
            self._records = room_for(most_records, self._places)


@inlined
def _record_end(
    data: Bytes,
    words: Words,
    at: int,
    breaks: bool,
    event_bytes: int,
    found: Found,
    made: Made,
    values: Values,
    row: int,
    numbers: Ints,
    text: Bytes,
    open_: Places,
    templates: Templates,
) -> int:
    """Read and judge the record that begins at a place. Returns where it ends, or `REFUSED`."""
    if data[at] != _OPEN:
        return REFUSED
    end = like_before(data, words, at, found, row, templates)
    if end == REFUSED or not fill(data, found, made, values, row, numbers, text, templates.chosen, last(templates)):
        is_new = end == REFUSED
        end = _long_way(data, words, at, breaks, is_new, found, made, values, row, numbers, text, open_, templates)
    if end == REFUSED or end - at > event_bytes:
        return REFUSED
    made[row, BEGIN], made[row, END] = at, end
    return end


@compiled
def _long_way(
    data: Bytes,
    words: Words,
    at: int,
    breaks: bool,
    is_new: bool,
    found: Found,
    made: Made,
    values: Values,
    row: int,
    numbers: Ints,
    text: Bytes,
    open_: Places,
    templates: Templates,
) -> int:
    """Read and judge a record that fits no template, and learn one from it. Returns where it ends, or `REFUSED`."""
    is_new = is_new and is_worth_learning(templates)
    end = object_end(data, at, breaks, row, found, numbers, text, open_, templates.tokens, is_new)
    if end == REFUSED or not choose(data, found, row, numbers, text, templates.chosen, NO_TEMPLATE):
        return REFUSED
    if not fill(data, found, made, values, row, numbers, text, templates.chosen, NO_TEMPLATE):
        return REFUSED
    if is_new:
        learn(data, words, at, end, found, row, numbers, text, templates)
    return end


@compiled
def _take_lines(
    data: Bytes,
    words: Words,
    breaks: bool,
    event_bytes: int,
    found: Found,
    made: Made,
    values: Values,
    left: Places,
    numbers: Ints,
    text: Bytes,
    open_: Places,
    templates: Templates,
) -> tuple[int, int]:
    """How many records were taken, and how many lines were left."""
    # A constant would have all that is called compiled once more, for it.
    row = lines = at = np.int64(0)
    while at < len(data):
        line_start, first_row = at, row
        while data[at] != _LF and data[at] != _CR:
            if _IS_PUNCTUATION[data[at]]:
                at += 1
                continue
            end = _record_end(
                data, words, at, breaks, event_bytes, found, made, values, row, numbers, text, open_, templates
            )
            if end == REFUSED:
                while data[at] != _LF and data[at] != _CR:
                    at += 1
                row = first_row
                left[lines, 0], left[lines, 1] = line_start, at
                lines += 1
                break
            row += 1
            at = end
        at += 1
    return row, lines


@compiled
def _take_stream(
    data: Bytes,
    words: Words,
    at: int,
    breaks: bool,
    event_bytes: int,
    row: int,
    found: Found,
    made: Made,
    values: Values,
    numbers: Ints,
    text: Bytes,
    open_: Places,
    templates: Templates,
) -> tuple[int, int]:
    """How many records there are now, and where that ended."""
    while True:
        at = after_blanks(data, at, True)
        if _IS_PUNCTUATION[data[at]]:
            at += 1
            continue
        end = _record_end(
            data, words, at, breaks, event_bytes, found, made, values, row, numbers, text, open_, templates
        )
        if end == REFUSED:
            return row, at
        row += 1
        at = end
