"""A file, or a part of one, read as blocks of whole lines."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from sflydwh.files import meter
from sflydwh.reader.pieces import Limits
from sflydwh.reader.scanner import BEGIN_BYTES, after_punctuation, room_for
from sflydwh.reader.source import Source

_BREAK: Final = re.compile(rb"[\r\n]")
_STEP_BYTES: Final = 64 << 10


class Block(NamedTuple):
    """Consecutive bytes of a file, from `offset` on."""

    offset: int
    data: bytes


class Lines(NamedTuple):
    """Whole lines of a file, from `offset` on; a view of the block, because a slice would copy them."""

    offset: int
    data: memoryview


class LongLine(NamedTuple):
    """The extent in the file of a line that is too long to hold in memory."""

    start: int
    end: int


def line_blocks(source: Source, start: int, end: int, limits: Limits) -> Iterator[Lines | LongLine]:
    """The lines that start in [start, end), in blocks of about `limits.block_bytes`.

    A line starts at the file's beginning and after each line feed and carriage return.
    """
    room = max(limits.event_bytes, _STEP_BYTES)
    offset = _next_line(source, max(start - 1, source.start)) if start else source.start
    end = min(max(end, source.start + 1) if start == 0 else end, source.end)
    while offset < end:
        data = source.read(offset, min(limits.block_bytes, end - offset))
        line_feed = data.rfind(b"\n")
        # Only what follows the last line feed is searched: where no carriage return is, all would be.
        whole = max(line_feed, data.rfind(b"\r", line_feed + 1)) + 1
        if not whole or (whole < len(data) and offset + len(data) >= end):
            rest = _rest_of_line(source, offset + len(data), room)
            if rest is None:
                begin = source.read(offset + whole, BEGIN_BYTES)
                larger = room_for(begin[after_punctuation(begin) :], room)
                rest = _rest_of_line(source, offset + len(data), larger) if larger > room else None
            if rest is not None:
                data += rest
                whole = len(data)
        if not data:
            return
        if whole:
            meter.count(whole)
            yield Lines(offset, memoryview(data)[:whole])
            offset += whole
        else:
            line = LongLine(offset, _next_line(source, offset + len(data)))
            yield line
            offset = line.end


def stream_blocks(source: Source, start: int, end: int, limits: Limits) -> Iterator[Block]:
    """The bytes [start, end) of a file, in blocks cut anywhere."""
    offset = max(start, source.start)
    while data := source.read(offset, min(limits.block_bytes, end - offset)):
        meter.count(len(data))
        yield Block(offset, data)
        offset += len(data)


def _rest_of_line(source: Source, offset: int, room: int) -> bytes | None:
    """What is left of the line at `offset`, with its line break; None if that is above `room`."""
    parts: list[bytes] = []
    while room > 0:
        data = source.read(offset, _STEP_BYTES)
        stop = _BREAK.search(data)
        parts.append(data[: stop.end()] if stop else data)
        if stop or not data:
            return b"".join(parts)
        offset += len(data)
        room -= len(data)
    return None


def _next_line(source: Source, offset: int) -> int:
    """The first line start after `offset`, or where the content ends."""
    while data := source.read(offset, _STEP_BYTES):
        stop = _BREAK.search(data)
        if stop:
            return offset + stop.end()
        offset += len(data)
    return offset
