"""The fast path: the events of a block that need no judgement, found and read in one pass.

What it does not take it names, for the exact path.
"""

from typing import Final, NamedTuple

import numpy as np

from sflydwh.formats.model import FIELDS
from sflydwh.reader.compiled import compiled
from sflydwh.reader.grammar import REFUSED, Bytes, Places, after_blanks, object_end

_LEAST_EVENT_BYTES: Final = len(b'{"type":""}')
# A line that is left holds something, and ends.
_LEAST_LINE_BYTES: Final = len(b"x\n")
_LF, _CR, _OPEN = b"\n\r{"
_IS_PUNCTUATION: Final = np.isin(np.arange(256), list(b",[] \t"))


class Taken(NamedTuple):
    """Events of a block, a row each, in the order of their places. Good until the next block is taken.

    Attributes:
        data: the block's bytes.
        extents: where each event begins and ends.
        starts: where the text of each field begins.
        lengths: how long it is, `MISSING` where there is none.
    """

    data: Bytes
    extents: Places
    starts: Places
    lengths: Places


class FastPath:
    """Takes block after block into the same memory.

    Args:
        event_bytes: the size above which an event is not taken.
    """

    def __init__(self, event_bytes: int) -> None:
        self._event_bytes = event_bytes
        self._left = np.empty((0, 2), np.int32)
        self._extents = np.empty((0, 2), np.int32)
        self._starts = self._lengths = np.empty((0, len(FIELDS)), np.int32)
        self._stream = np.empty(0, np.uint8)
        self._events = 0

    def take_lines(self, block: bytes) -> tuple[Taken, Places]:
        """Take the lines that hold nothing but clean events.

        Args:
            block: whole lines; the last one may lack its line break.

        Returns:
            The events, and where each line that is left begins and ends.
        """
        data = np.frombuffer(block if block.endswith((b"\n", b"\r")) else block + b"\n", np.uint8)
        self._make_room(len(data))
        events, lines = _take_lines(data, self._event_bytes, self._extents, self._starts, self._lengths, self._left)
        return self._taken(data, events), self._left[:lines]

    def start_stream(self, block: bytes) -> None:
        """Begin with a block of a stream; none of it is taken yet."""
        self._stream = np.frombuffer(block + b"\0", np.uint8)
        self._events = 0
        self._make_room(len(self._stream))

    def go_on(self, at: int) -> int:
        """Take clean events from a place on, as far as nothing but punctuation stands between them.

        Returns:
            The place of what is no clean event, or none yet; the block's end where all was taken.
        """
        self._events, end = _take_stream(
            self._stream, at, self._event_bytes, self._events, self._extents, self._starts, self._lengths
        )
        return end

    def taken_of_stream(self) -> Taken:
        """What was taken of the block."""
        return self._taken(self._stream, self._events)

    def _make_room(self, size: int) -> None:
        """Room for all events and lines that so many bytes can hold, and for one that is tried and not taken."""
        most_events, most_lines = size // _LEAST_EVENT_BYTES + 1, size // _LEAST_LINE_BYTES
        if most_lines > len(self._left):
            self._left = np.empty((most_lines, 2), np.int32)
        if most_events > len(self._extents):
            self._extents = np.empty((most_events, 2), np.int32)
            self._starts, self._lengths = np.empty((2, most_events, len(FIELDS)), np.int32)

    def _taken(self, data: Bytes, events: int) -> Taken:
        return Taken(data, self._extents[:events], self._starts[:events], self._lengths[:events])


@compiled
def _take_lines(
    data: Bytes, event_bytes: int, extents: Places, starts: Places, lengths: Places, left: Places
) -> tuple[int, int]:
    """How many events were taken, and how many lines were left."""
    event = lines = at = 0
    while at < len(data):
        line_start, first_event = at, event
        while data[at] != _LF and data[at] != _CR:
            if _IS_PUNCTUATION[data[at]]:
                at += 1
                continue
            end = object_end(data, at, False, event, starts, lengths) if data[at] == _OPEN else REFUSED
            if end == REFUSED or end - at > event_bytes:
                while data[at] != _LF and data[at] != _CR:
                    at += 1
                event = first_event
                left[lines, 0], left[lines, 1] = line_start, at
                lines += 1
                break
            extents[event, 0], extents[event, 1] = at, end
            event += 1
            at = end
        at += 1
    return event, lines


@compiled
def _take_stream(
    data: Bytes, at: int, event_bytes: int, event: int, extents: Places, starts: Places, lengths: Places
) -> tuple[int, int]:
    """How many events there are now, and where that ended."""
    while True:
        at = after_blanks(data, at, True)
        if _IS_PUNCTUATION[data[at]]:
            at += 1
            continue
        end = object_end(data, at, True, event, starts, lengths) if data[at] == _OPEN else REFUSED
        if end == REFUSED or end - at > event_bytes:
            return event, at
        extents[event, 0], extents[event, 1] = at, end
        event += 1
        at = end
