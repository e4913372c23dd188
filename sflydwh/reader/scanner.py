"""Finding pieces in bytes, exactly and in bounded memory: a scanner of braces and strings.

Outside of objects only ``{`` has a meaning, so the scanner recovers after damage; inside an object it
knows strings, escapes and braces. What is between objects is punctuation (commas, brackets, blanks,
NUL bytes, byte order marks) or else text, which is rejected.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple

BLANKS: Final = b" \t\r\n"
UTF8_BOM: Final = b"\xef\xbb\xbf"
# What may stand between pieces beside byte order marks, which files put one after the other bring along.
_PUNCTUATION: Final = b",[]\0" + BLANKS

_CONTENT: Final = re.compile(rb"[,\[\]\0 \t\r\n]*(?:\xef\xbb\xbf[,\[\]\0 \t\r\n]*)*")
# As far as an object goes on without a brace of its own; the bounds on repeats bound memory.
_QUIET: Final = re.compile(rb'[^"{}]*(?:"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*){0,999}"[^"{}]*){0,99}')
_MARK: Final = re.compile(rb'["{}]')
# How a line of a rejects file begins; what it carries may be written by escapes of six bytes for one.
_REJECT: Final = re.compile(rb'\{[ \t\r\n]*"(?:reason|source_file|offset|raw|raw_base64|header)"[ \t\r\n]*:')
_ESCAPE_BYTES: Final = 6
_AROUND_BYTES: Final = 64 << 10
BEGIN_BYTES: Final = 64
# How far is looked at first for the end of an object.
_STEP_BYTES: Final = 4096
_STRING_MARK: Final = re.compile(rb'["\\\r\n]')
# As far as a string goes on with whole escapes.
_ESCAPES: Final = re.compile(rb'[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*){0,999}')


def after_punctuation(data: bytes, at: int = 0, stop: int | None = None) -> int:
    """The place of the first byte that is no punctuation, or the end."""
    stop = len(data) if stop is None else stop
    found = _CONTENT.match(data, at, stop)
    return found.end() if found else at


def without_punctuation_after(data: bytes) -> bytes:
    """Bytes without the punctuation at their end."""
    while True:
        shorter = data.rstrip(_PUNCTUATION).removesuffix(UTF8_BOM)
        if len(shorter) == len(data):
            return data
        data = shorter


def room_for(begin: bytes, limit: int) -> int:
    """How large an object may be: the limit holds for what a line of a rejects file carries, not for the line.

    Args:
        begin: its first bytes, `BEGIN_BYTES` of them.
        limit: the size limit.

    >>> room_for(b'{"type": "ORDER"', 10), room_for(b'{"reason": "too_large"', 10)
    (10, 65596)
    """
    return _ESCAPE_BYTES * limit + _AROUND_BYTES if _REJECT.match(begin) else limit


class Kind(Enum):
    """What a segment of the input is."""

    OBJECT = "balanced braces"
    BROKEN = "an object cut short by a raw line break in a string, or by the end of the input"
    TEXT = "other text"


class Segment(NamedTuple):
    """One piece found: its offset and length in bytes, and its bytes.

    `raw` holds only the first bytes of a piece above the size limit, unless it may be a line of a rejects file.
    """

    kind: Kind
    offset: int
    length: int
    raw: bytes


class Scanner:
    """Cuts a stream of blocks into segments.

    Args:
        offset: the offset of the first byte that will be fed.
        limit: a segment above this many bytes is followed to its end, but not kept whole.
        keep: how many of its first bytes are kept then.
    """

    def __init__(self, offset: int, limit: int, keep: int) -> None:
        self._offset = offset
        self._limit = limit
        self._keep = keep
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._start: int | None = None
        self._content_end = 0
        self._parts: list[bytes] = []
        self._held = 0
        self._room = limit
        # A byte order mark may be cut in two by the blocks.
        self._begun_mark = b""

    def feed(self, block: bytes) -> Iterator[Segment]:
        """Take the next block and give the segments that end in it."""
        block = self._begun_mark + block
        begun = next((length for length in (2, 1) if block.endswith(UTF8_BOM[:length])), 0)
        self._begun_mark = block[len(block) - begun :]
        yield from self._feed(block[: len(block) - begun])

    def _feed(self, block: bytes) -> Iterator[Segment]:
        at = begin = 0
        while at < len(block):
            if self._depth:
                at, closed = self._in_object(block, at)
                if closed:
                    yield self._finish(closed, self._offset + at, block[begin:at])
                continue
            brace = block.find(b"{", at)
            stop = len(block) if brace < 0 else brace
            begin = self._between(block, at, stop, begin)
            if brace >= 0:
                if self._start is not None:
                    yield self._finish(Kind.TEXT, self._content_end, block[begin:stop])
                self._start, self._depth = self._offset + brace, 1
                begin, at = brace, brace + 1
            else:
                at = stop
        if self._start is not None:
            self._hold(block[begin:])
            if self._depth:
                self._content_end = self._last_content(block, begin, len(block))
        self._offset += len(block)

    def finish(self) -> Iterator[Segment]:
        """The input ends here: give the segments left open."""
        yield from self._feed(self._begun_mark)
        if self._start is not None:
            yield self._finish(Kind.BROKEN if self._depth else Kind.TEXT, self._content_end, b"")

    def _in_object(self, block: bytes, at: int) -> tuple[int, Kind | None]:
        """Go on inside an object: how far, and what it turned out to be if it ended there."""
        while at < len(block):
            if self._in_string:
                at, broken = self._in_text(block, at)
                if broken:
                    return at, Kind.BROKEN
                continue
            quiet = _QUIET.match(block, at)
            mark = _MARK.search(block, quiet.end() if quiet else at)
            if mark is None:
                return len(block), None
            at = mark.end()
            if mark[0] == b'"':
                self._in_string = True
                continue
            self._depth += 1 if mark[0] == b"{" else -1
            if not self._depth:
                return at, Kind.OBJECT
        return at, None

    def _in_text(self, block: bytes, at: int) -> tuple[int, bool]:
        """Go on inside a string: how far, and whether a raw line break stands there."""
        if self._escaped and block[at] not in b"\r\n":
            at += 1
        self._escaped = False
        quiet = _ESCAPES.match(block, at)
        mark = _STRING_MARK.search(block, quiet.end() if quiet else at)
        if mark is None:
            return len(block), False
        if mark[0] in b"\r\n":
            return mark.start(), True
        self._escaped = mark[0] == b"\\"
        self._in_string = self._escaped
        return mark.end(), False

    def _between(self, block: bytes, at: int, stop: int, begin: int) -> int:
        """Note the content between objects; where the open segment's bytes begin in the block."""
        first = after_punctuation(block, at, stop)
        if first == stop:
            return begin
        if self._start is None:
            self._start, begin = self._offset + first, first
        self._content_end = self._offset + at + len(without_punctuation_after(block[at:stop]))
        return begin

    def _last_content(self, block: bytes, at: int, stop: int) -> int:
        content = len(block[at:stop].rstrip(BLANKS))
        return self._offset + at + content if content else self._content_end

    def _hold(self, part: bytes) -> None:
        if self._held <= self._limit < self._held + len(part):
            begin = b"".join(each[:BEGIN_BYTES] for each in (*self._parts, part))
            self._room = room_for(begin, self._limit)
        if self._held <= max(self._room, self._keep):
            self._parts.append(part[: max(self._room, self._keep) + 1])
        self._held += len(part)

    def _finish(self, kind: Kind, end: int, last_part: bytes) -> Segment:
        self._hold(last_part)
        offset = self._start or 0
        length = end - offset
        kept = length if length <= self._room else self._keep
        raw = b"".join(self._parts)[:kept]
        self._start, self._parts, self._held, self._content_end = None, [], 0, 0
        self._room = self._limit
        self._depth, self._in_string, self._escaped = 0, False, False
        return Segment(kind, offset, length, raw)


def object_at(data: bytes, at: int, offset: int, limit: int, keep: int) -> Segment:
    """The object that opens at a place of bytes that are wholly in memory and begin at an offset.

    >>> object_at(b'5, {"a": "}"}, 6', 3, 100, 99, 9)
    Segment(kind=<Kind.OBJECT: 'balanced braces'>, offset=103, length=10, raw=b'{"a": "}"}')
    """
    scanner = Scanner(offset + at, limit, keep)
    step = _STEP_BYTES
    while at < len(data):
        for segment in scanner.feed(data[at : at + step]):
            return segment
        at, step = at + step, 2 * step
    return next(scanner.finish())


def segments(data: bytes, offset: int, limit: int, keep: int) -> list[Segment]:
    """All segments of bytes that are wholly in memory.

    >>> [s.raw for s in segments(b'[{"a": "}"}, {"b": {}}] oops', 0, 99, 9)]
    [b'{"a": "}"}', b'{"b": {}}', b'oops']
    """
    scanner = Scanner(offset, limit, keep)
    return [*scanner.feed(data), *scanner.finish()]
