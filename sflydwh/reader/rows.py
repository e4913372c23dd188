"""Rows out of the bytes of one file: both forms, the fast path and the exact one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from sflydwh.formats.model import EVENT_TIME, FIELDS, MALFORMED_JSON, TOO_LARGE, TOTAL_AMOUNT
from sflydwh.reader.blocks import Block, LongLine, line_blocks, stream_blocks
from sflydwh.reader.form import Form
from sflydwh.reader.pieces import Limits, Piece, is_cut, judged, line_pieces
from sflydwh.reader.scanner import BLANKS, Kind, Scanner, Segment
from sflydwh.reader.source import Source

if TYPE_CHECKING:
    from sflydwh.reader.fast_path import FastPath, Taken

# One row a piece. `offset` is in bytes from the file's beginning; `raw` is null unless asked for.
# The fast path reads plain times and amounts; their texts are null then.
ROWS_SCHEMA: Final = pa.schema(
    [
        ("offset", pa.int64()),
        ("reason", pa.string()),
        *((name, pa.string()) for name in FIELDS),
        ("instant", pa.timestamp("us")),
        ("amount", pa.decimal128(18, 4)),
        ("raw", pa.binary()),
    ]
)
# Where events are settled, `kind` is the number of a known type; null for an event that the rules must judge.
SETTLED_ROWS_SCHEMA: Final = ROWS_SCHEMA.insert(len(ROWS_SCHEMA) - 1, pa.field("kind", pa.int32()))
_LINE: Final = re.compile(rb"[^\r\n]+")
# How much is looked at for the end of a piece that the fast path left.
_STEP_BYTES: Final = 4096
# Places in a block are 32-bit numbers.
_MOST_BLOCK_BYTES: Final = 1 << 30


@dataclass(frozen=True)
class Reading:
    """How a file is read.

    Attributes:
        limits: what bounds memory.
        with_raw: whether each piece's bytes are given too.
        is_fast: whether clean events take the fast path, which takes a while to load.
        settles: whether events that need no judgement are settled, see `settled`; with `with_raw` they are left out.
    """

    limits: Limits
    with_raw: bool = False
    is_fast: bool = True
    settles: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The schema of the rows."""
        return SETTLED_ROWS_SCHEMA if self.gives_kinds else ROWS_SCHEMA

    @property
    def gives_kinds(self) -> bool:
        """Whether settled events are among the rows."""
        return self.settles and not self.with_raw

    @property
    def gives_judged_only(self) -> bool:
        """Whether settled events are left out."""
        return self.settles and self.with_raw


def rows(source: Source, form: Form, start: int, end: int, reading: Reading) -> Iterator[pa.RecordBatch]:
    """The pieces of a file that start in [start, end), a row each.

    Args:
        source: the file.
        form: its form; a file in stream form is read whole.
        start: offset in bytes.
        end: offset in bytes.
        reading: how it is read.

    Yields:
        Batches of `reading.schema`, in no order: the offset tells it.
    """
    return _Rows(source, reading).of(form, start, end)


class _Rows:
    """The rows of one file."""

    def __init__(self, source: Source, reading: Reading) -> None:
        self._source = source
        self._limits = reading.limits
        self._reading = reading
        self._fast = _fast_path(reading.limits) if reading.is_fast else None

    def of(self, form: Form, start: int, end: int) -> Iterator[pa.RecordBatch]:
        if form is Form.STREAM:
            yield from self._of_stream(self._source.start, self._source.end)
            return
        for block in line_blocks(self._source, start, end, self._limits):
            if isinstance(block, LongLine):
                yield from self._of_long_line(block)
            else:
                yield from self._of_lines(block)

    def _of_lines(self, block: Block) -> Iterator[pa.RecordBatch]:
        data = block.data
        if self._fast and len(data) < _MOST_BLOCK_BYTES:
            taken, left = self._fast.take_lines(data)
            yield from self._of_taken(taken, block.offset)
            extents = left.tolist()
        else:
            extents = [line.span() for line in _LINE.finditer(data)]
        lines = (line_pieces(data[start:end], block.offset + start, self._limits) for start, end in extents)
        yield from self._of_pieces(piece for line in lines for piece in line)

    def _of_stream(self, start: int, end: int) -> Iterator[pa.RecordBatch]:
        """Where the fast path stops, a scanner finds the end of what it stopped at, perhaps some blocks later."""
        scanner = None
        for block in stream_blocks(self._source, start, end, self._limits):
            left: list[Segment] = []
            at = 0
            if self._fast:
                self._fast.start_stream(block.data)
            while True:
                if scanner is None:
                    at = self._fast.go_on(at) if self._fast else at
                    if at == len(block.data):
                        break
                    scanner = self._scanner(block.offset + at)
                segment = _first_segment(scanner, block.data, at)
                if segment is None:
                    break
                left.append(segment)
                # It may have ended in an earlier block, with nothing but punctuation since.
                at = max(at, segment.offset + segment.length - block.offset)
                scanner = None
            if self._fast:
                yield from self._of_taken(self._fast.taken_of_stream(), block.offset)
            yield from self._of_pieces(judged(left, self._limits))
        if scanner:
            yield from self._of_pieces(judged(scanner.finish(), self._limits))

    def _of_long_line(self, line: LongLine) -> Iterator[pa.RecordBatch]:
        """A line too long to hold: its pieces if it is cut into them, or one piece too large."""
        if self._is_cut(line):
            yield from self._of_stream(line.start, line.end)
            return
        start, end = self._content_extent(line)
        is_too_large = end - start > self._limits.event_bytes
        raw = self._source.read(start, self._limits.kept_bytes if is_too_large else end - start)
        yield from self._of_pieces(iter([Piece(start, TOO_LARGE if is_too_large else MALFORMED_JSON, {}, raw)]))

    def _content_extent(self, line: LongLine) -> tuple[int, int]:
        """Where a line begins and ends without the blanks around it."""
        start, end = line.end, line.start
        for block in stream_blocks(self._source, line.start, line.end, self._limits):
            text = block.data.lstrip(BLANKS)
            if text:
                start = min(start, block.offset + len(block.data) - len(text))
                end = block.offset + len(block.data.rstrip(BLANKS))
        return start, end

    def _is_cut(self, line: LongLine) -> bool:
        """Whether a line is cut into its pieces: told by the first two, or by all if there are not two objects."""
        scanner = Scanner(line.start, self._limits.event_bytes, 0)
        kinds: list[Kind] = []
        for block in stream_blocks(self._source, line.start, line.end, self._limits):
            kinds += [segment.kind for segment in scanner.feed(block.data)]
            if kinds and (kinds[0] is not Kind.OBJECT or kinds.count(Kind.OBJECT) > 1):
                break
        else:
            kinds += [segment.kind for segment in scanner.finish()]
        return bool(kinds) and is_cut(kinds)

    def _scanner(self, offset: int) -> Scanner:
        return Scanner(offset, self._limits.event_bytes, self._limits.kept_bytes)

    def _of_taken(self, taken: "Taken", offset: int) -> Iterator[pa.RecordBatch]:
        """The rows of the fast path, of a block at this offset."""
        if self._reading.gives_judged_only:
            from sflydwh.reader.settled import unsettled

            taken = unsettled(taken)
        if len(taken.extents):
            yield _taken_batch(taken, offset, self._reading)

    def _of_pieces(self, pieces: Iterator[Piece]) -> Iterator[pa.RecordBatch]:
        """The rows of the exact path."""
        found = list(pieces)
        if not found:
            return
        count = len(found)
        columns = [
            pa.array([piece.offset for piece in found], pa.int64()),
            pa.array([piece.reason for piece in found], pa.string()),
            *(pa.array([piece.fields.get(name) for piece in found], pa.string()) for name in FIELDS),
            pa.nulls(count, ROWS_SCHEMA.field("instant").type),
            pa.nulls(count, ROWS_SCHEMA.field("amount").type),
            *([pa.nulls(count, pa.int32())] if self._reading.gives_kinds else []),
            pa.array([piece.raw if self._reading.with_raw else None for piece in found], pa.binary()),
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=self._reading.schema)


def load_fast_path() -> None:
    """Load the fast path whole; what was never compiled is, for the next time."""
    event = b'{"type":"A","event_time":"?","total_amount":"?"}'
    fast = _fast_path(Limits())
    # One row has machine code of its own: its columns are contiguous.
    for lines in (event, event + b"\n" + event):
        taken = fast.take_lines(lines)[0]
        _taken_batch(taken, 0, Reading(Limits(), with_raw=True))
        _taken_batch(taken, 0, Reading(Limits(), settles=True))
    fast.start_stream(event)
    fast.go_on(0)


def _fast_path(limits: Limits) -> "FastPath":
    from sflydwh.reader.fast_path import FastPath

    return FastPath(limits.event_bytes)


def _first_segment(scanner: Scanner, data: bytes, at: int) -> Segment | None:
    """Feed a scanner from a place on until a segment ends; None where that lies beyond the block."""
    for begin in range(at, len(data), _STEP_BYTES):
        for segment in scanner.feed(data[begin : begin + _STEP_BYTES]):
            return segment
    return None


def _taken_batch(taken: "Taken", offset: int, reading: Reading) -> pa.RecordBatch:
    from sflydwh.reader.columns import amounts, instants, places, texts
    from sflydwh.reader.settled import settle

    data, extents, starts, lengths = taken
    count = len(extents)
    fields = {name: (data, starts[:, field], lengths[:, field]) for field, name in enumerate(FIELDS)}
    times, money = instants(*fields[EVENT_TIME]), amounts(*fields[TOTAL_AMOUNT])
    kinds = [settle(data, starts, lengths, times.is_read, money.is_read)] if reading.gives_kinds else []
    left = {EVENT_TIME: times.texts, TOTAL_AMOUNT: money.texts}
    raw = pa.nulls(count, pa.binary())
    if reading.with_raw:
        raw = texts(data, extents[:, 0], extents[:, 1] - extents[:, 0], pa.binary())
    columns = [
        places(extents[:, 0], offset),
        pa.nulls(count, pa.string()),
        *(left[name] if name in left else texts(*fields[name]) for name in FIELDS),
        times.values,
        money.values,
        *kinds,
        raw,
    ]
    return pa.RecordBatch.from_arrays(columns, schema=reading.schema)
