"""Make rows from the bytes of one file, by the fast path where possible, else by the exact one."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from sflydwh.formats.format import Format
from sflydwh.formats.judgement import Rejected
from sflydwh.formats.model import BY_KEY, MALFORMED_JSON, NONE, TOO_LARGE
from sflydwh.formats.named import SFLY, format_of
from sflydwh.reader.batches import Gives, Reading, Taken, Where, count_batch, exact_batches
from sflydwh.reader.blocks import Lines, LongLine, line_blocks, stream_blocks
from sflydwh.reader.csv_records import csv_pieces
from sflydwh.reader.form import Form, form_of_source
from sflydwh.reader.pieces import Limits, Piece, is_cut, judged, line_pieces
from sflydwh.reader.scanner import BLANKS, Kind, Scanner, Segment
from sflydwh.reader.settled import Plain, Settled
from sflydwh.reader.source import Source

if TYPE_CHECKING:
    from sflydwh.reader.fast_path import FastPath

_LINE: Final = re.compile(rb"[^\r\n]+")
# How much is looked at for the end of a piece that the fast path left.
_STEP_BYTES: Final = 4096
# Places in a block are 32-bit numbers.
_MOST_BLOCK_BYTES: Final = 1 << 30


def rows(
    source: Source,
    form: Form,
    extent: tuple[int, int],
    where: Where,
    reading: Reading,
    settled: Settled | None = None,
) -> Iterator[pa.RecordBatch]:
    """The rows of the pieces of a file that start in a range of it.

    Args:
        source: the file.
        form: its form; a file in stream form or CSV is read whole.
        extent: the range, from one offset in bytes up to another.
        where: the place of the file in the whole input.
        reading: how it is read.
        settled: packs the settled events; None to give a row for each.

    Yields:
        Batches of `reading.gives.columns`, in any order: each row has its position.
    """
    names = Counter[tuple[int, str]]()
    for found in _File(source, reading).of(form, *extent):
        if isinstance(found, Taken):
            from sflydwh.reader.columns import taken_batches

            if len(found.records.kind):
                yield from taken_batches(found, where, reading, names, settled)
        else:
            yield from exact_batches(found, where, reading, settled)
    if names:
        yield count_batch(names, where.split, reading.gives)


def settled_of(reading: Reading) -> Settled | None:
    """What packs the settled events of a split; None if each gets a row of its own."""
    if reading.gives is not Gives.COUNTED or reading.identity == BY_KEY:
        return None
    if not reading.is_fast:
        return Plain(reading.identity == NONE)
    from sflydwh.reader.packing import EVENT_BYTES, Packed

    return Packed(reading.identity == NONE, most_events=reading.limits.packed_bytes // EVENT_BYTES)


def exact_pieces(source: Source, log_format: Format, limits: Limits) -> Iterator[Piece]:
    """The pieces of a whole file in order, all by the exact path.

    Args:
        source: the file.
        log_format: its format.
        limits: the limits of sizes and memory.
    """
    reading = Reading(log_format, log_format.identity, limits, is_fast=False)
    for found in _File(source, reading).of(form_of_source(source, log_format), source.start, source.end):
        if not isinstance(found, Taken):
            yield from found


class _File:
    """Cuts one file into records that the fast path reads and pieces for the exact path."""

    def __init__(self, source: Source, reading: Reading) -> None:
        self._source = source
        self._limits = reading.limits
        self._reading = reading
        self._fast = _fast_path(reading) if reading.is_fast else None

    def of(self, form: Form, start: int, end: int) -> Iterator[Taken | Iterable[Piece]]:
        if form is Form.CSV:
            as_json = self._reading.gives is Gives.PIECES
            yield from csv_pieces(self._source, self._reading.log_format, self._limits, as_json)
            return
        if form is Form.STREAM:
            yield from self._of_stream(self._source.start, self._source.end)
            return
        for block in line_blocks(self._source, start, end, self._limits):
            if isinstance(block, LongLine):
                yield from self._of_long_line(block)
            else:
                yield from self._of_lines(block)

    def _of_lines(self, block: Lines) -> Iterator[Taken | Iterable[Piece]]:
        data = block.data
        if self._fast and len(data) < _MOST_BLOCK_BYTES:
            taken, records, left = self._fast.take_lines(data)
            yield Taken(taken, records, block.offset)
            extents = left.tolist()
        else:
            extents = [line.span() for line in _LINE.finditer(data)]
        log_format = self._reading.log_format
        lines = ((bytes(data[start:end]), block.offset + start) for start, end in extents)
        yield (piece for line in lines for piece in line_pieces(*line, self._limits, log_format))

    def _of_stream(self, start: int, end: int) -> Iterator[Taken | Iterable[Piece]]:
        """Where the fast path stops, a scanner finds the end of that piece, perhaps some blocks later."""
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
                yield Taken(*self._fast.taken_of_stream(), block.offset)
            yield self._judged(left)
        if scanner:
            yield self._judged(scanner.finish())

    def _of_long_line(self, line: LongLine) -> Iterator[Taken | Iterable[Piece]]:
        """A line too long to hold: its pieces if it is cut into them, or one piece too large."""
        if self._is_cut(line):
            yield from self._of_stream(line.start, line.end)
            return
        start, end = self._content_extent(line)
        is_too_large = end - start > self._limits.event_bytes
        raw = self._source.read(start, self._limits.kept_bytes if is_too_large else end - start)
        yield [Piece(start, Rejected(TOO_LARGE if is_too_large else MALFORMED_JSON), raw)]

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
        return is_cut(kinds)

    def _scanner(self, offset: int) -> Scanner:
        return Scanner(offset, self._limits.event_bytes, self._limits.kept_bytes)

    def _judged(self, found: Iterable[Segment]) -> Iterator[Piece]:
        return judged(found, self._limits, self._reading.log_format)


def load_fast_path() -> None:
    """Load all compiled code of the reader; what is not compiled yet is compiled and kept."""
    from sflydwh.reader.columns import taken_batches
    from sflydwh.reader.id_table import no_entries, with_room

    with_room(no_entries(), len(no_entries()))
    log_format = format_of(SFLY)
    visit = b'{"type":"SITE_VISIT","customer_id":"a","event_time":"2017-01-06"}\n'
    event = b'{"type":"ORDER","customer_id":"a","event_time":"2017-01-06","total_amount":"1"}\n'
    where = Where("", 0, 0)
    for gives in (Gives.COUNTED, Gives.PIECES):
        reading = Reading(log_format, log_format.identity, Limits(), gives)
        fast = _fast_path(reading)
        if fast is not None:
            # One row has machine code of its own: its columns are contiguous.
            for lines in (event, event + visit):
                data, records, _ = fast.take_lines(lines)
                settled = settled_of(reading)
                list(taken_batches(Taken(data, records, 0), where, reading, Counter(), settled))
                list(settled.batches() if settled else ())
            fast.start_stream(event)
            fast.go_on(0)


def _fast_path(reading: Reading) -> "FastPath | None":
    """The fast path; None if it does not support the format."""
    from sflydwh.reader.fast_path import FastPath
    from sflydwh.reader.tables import tables_of

    tables = tables_of(reading.log_format)
    if tables is None:
        return None
    return FastPath(tables, len(reading.log_format.places.paths), reading.limits.event_bytes)


def _first_segment(scanner: Scanner, data: bytes, at: int) -> Segment | None:
    """Feed a scanner from a place on until a segment ends; None where that lies beyond the block."""
    for begin in range(at, len(data), _STEP_BYTES):
        for segment in scanner.feed(data[begin : begin + _STEP_BYTES]):
            return segment
    return None
