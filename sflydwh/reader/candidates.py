"""Where the pieces of a block lie, as arrays: what the Arrow path parses."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sflydwh.reader.scanner import PUNCTUATION, Segment

_LF: Final = 0x0A
_CR: Final = 0x0D
_SPACE: Final = 0x20
_IS_PUNCTUATION: Final = np.isin(np.arange(256), list(PUNCTUATION))

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


class Candidates(NamedTuple):
    """Stretches of a block that may each be one event.

    Attributes:
        data: the block, with line breaks between candidates and blanks for punctuation.
        starts: where each candidate begins in `data`.
        ends: where each ends.
        offsets: where each begins in its file, in bytes.
    """

    data: Bytes
    starts: Places
    ends: Places
    offsets: Places


class Lines(NamedTuple):
    """A block of whole lines: the candidates in it, and the full extent of each one's line."""

    candidates: Candidates
    line_starts: Places
    line_ends: Places


def lines(block: bytes, offset: int) -> Lines:
    """The lines with content in a block, each one stripped of the punctuation around it.

    Args:
        block: whole lines; the last one may lack its line break.
        offset: the block's offset in its file.
    """
    data = np.frombuffer(block, np.uint8).copy()
    if b"\r" in block:
        data[data == _CR] = _LF
    breaks = np.flatnonzero(data == _LF)
    line_starts = np.concatenate(([0], breaks + 1))
    line_ends = np.concatenate((breaks, [len(data)]))
    filled = line_ends > line_starts
    line_starts, line_ends = line_starts[filled], line_ends[filled]
    ends = _strip_right(data, line_starts, line_ends)
    starts = _strip_left(data, line_starts, ends)
    content = ends > starts
    starts, ends = starts[content], ends[content]
    return Lines(Candidates(data, starts, ends, starts + offset), line_starts[content], line_ends[content])


def _strip_right(data: Bytes, starts: Places, ends: Places) -> Places:
    """Move each end back over punctuation, which becomes blank."""
    ends = ends.copy()
    moving = np.flatnonzero(_IS_PUNCTUATION[data[ends - 1]])
    while moving.size:
        ends[moving] -= 1
        data[ends[moving]] = _SPACE
        moving = moving[ends[moving] > starts[moving]]
        moving = moving[_IS_PUNCTUATION[data[ends[moving] - 1]]]
    return ends


def _strip_left(data: Bytes, starts: Places, ends: Places) -> Places:
    """Move each start on over punctuation, which becomes blank."""
    starts = starts.copy()
    moving = np.flatnonzero(ends > starts)
    moving = moving[_IS_PUNCTUATION[data[starts[moving]]]]
    while moving.size:
        data[starts[moving]] = _SPACE
        starts[moving] += 1
        moving = moving[_IS_PUNCTUATION[data[starts[moving]]]]
    return starts


def objects(found: list[Segment]) -> Candidates:
    """Balanced objects, each laid on a line of its own.

    A line break between an object's tokens is a blank to JSON; one inside a
    string would have ended the object.
    """
    joined = b"\n".join(segment.raw.translate(_ONE_LINE) for segment in found)
    lengths = np.array([segment.length for segment in found], np.int64)
    ends = np.cumsum(lengths + 1) - 1
    offsets = np.array([segment.offset for segment in found], np.int64)
    return Candidates(np.frombuffer(joined, np.uint8).copy(), ends - lengths, ends, offsets)


_ONE_LINE: Final = bytes.maketrans(b"\r\n", b"  ")
