"""Rows out of the bytes of one file: both forms, the fast path and the exact one."""

from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from sflydwh.reader import arrow_path, candidates
from sflydwh.reader.arrow_path import FIELDS_SCHEMA
from sflydwh.reader.blocks import Block, LongLine, line_blocks, stream_blocks
from sflydwh.reader.candidates import Candidates
from sflydwh.reader.fields import FIELDS, MALFORMED_JSON, TOO_LARGE
from sflydwh.reader.form import Form
from sflydwh.reader.pieces import Limits, Piece, judged, line_pieces
from sflydwh.reader.scanner import BLANKS, Kind, Scanner, Segment
from sflydwh.reader.source import Source

# One row a piece. `offset` is in bytes from the file's beginning; `raw` is null unless asked for.
ROWS_SCHEMA: Final = pa.schema([("offset", pa.int64()), ("reason", pa.string()), *FIELDS_SCHEMA, ("raw", pa.binary())])


def rows(source: Source, form: Form, start: int, end: int, limits: Limits, with_raw: bool) -> Iterator[pa.RecordBatch]:
    """The pieces of a file that start in [start, end), a row each.

    Args:
        source: the file.
        form: its form; a file in stream form is read whole.
        start: offset in bytes.
        end: offset in bytes.
        limits: what bounds memory.
        with_raw: whether to give each piece's bytes too.

    Yields:
        Batches of `ROWS_SCHEMA`, in no order: the offset tells it.
    """
    if form is Form.STREAM:
        yield from _stream_rows(source, source.start, source.end, limits, with_raw)
        return
    for block in line_blocks(source, start, end, limits):
        if isinstance(block, LongLine):
            yield from _long_line_rows(source, block, limits, with_raw)
        else:
            yield from _line_rows(block, limits, with_raw)


def _line_rows(block: Block, limits: Limits, with_raw: bool) -> Iterator[pa.RecordBatch]:
    found, line_starts, line_ends = candidates.lines(block.data, block.offset)
    parsed = arrow_path.parse(found, limits)
    yield from _taken(found, parsed, block.data, with_raw)
    yield from _judged(
        (
            piece
            for line in parsed.left
            for piece in line_pieces(
                block.data[line_starts[line] : line_ends[line]],
                block.offset + int(line_starts[line]),
                limits,
            )
        ),
        with_raw,
    )


def _stream_rows(source: Source, start: int, end: int, limits: Limits, with_raw: bool) -> Iterator[pa.RecordBatch]:
    scanner = Scanner(start, limits.event_bytes, limits.kept_bytes)
    for block in stream_blocks(source, start, end, limits):
        yield from _segment_rows(list(scanner.feed(block.data)), limits, with_raw)
    yield from _segment_rows(list(scanner.finish()), limits, with_raw)


def _segment_rows(found: list[Segment], limits: Limits, with_raw: bool) -> Iterator[pa.RecordBatch]:
    whole = [segment.kind is Kind.OBJECT and segment.length <= limits.event_bytes for segment in found]
    objects = [segment for segment, is_whole in zip(found, whole, strict=True) if is_whole]
    rest = [segment for segment, is_whole in zip(found, whole, strict=True) if not is_whole]
    if objects:
        laid_out = candidates.objects(objects)
        parsed = arrow_path.parse(laid_out, limits)
        raw = b"\n".join(segment.raw for segment in objects) if with_raw else b""
        yield from _taken(laid_out, parsed, raw, with_raw)
        rest.extend(objects[number] for number in parsed.left)
    yield from _judged(judged(rest, limits), with_raw)


def _long_line_rows(source: Source, line: LongLine, limits: Limits, with_raw: bool) -> Iterator[pa.RecordBatch]:
    """A line too long to hold: its objects if it holds nothing else, or one piece too large."""
    if _holds_only_objects(source, line, limits):
        yield from _stream_rows(source, line.start, line.end, limits, with_raw)
        return
    start, end = _content_extent(source, line, limits)
    is_too_large = end - start > limits.event_bytes
    raw = source.read(start, limits.kept_bytes if is_too_large else end - start)
    yield from _judged(iter([Piece(start, TOO_LARGE if is_too_large else MALFORMED_JSON, {}, raw)]), with_raw)


def _content_extent(source: Source, line: LongLine, limits: Limits) -> tuple[int, int]:
    """Where a line begins and ends without the blanks around it."""
    start, end = line.end, line.start
    for block in stream_blocks(source, line.start, line.end, limits):
        text = block.data.lstrip(BLANKS)
        if text:
            start = min(start, block.offset + len(block.data) - len(text))
            end = block.offset + len(block.data.rstrip(BLANKS))
    return start, end


def _holds_only_objects(source: Source, line: LongLine, limits: Limits) -> bool:
    scanner = Scanner(line.start, limits.event_bytes, 0)
    for block in stream_blocks(source, line.start, line.end, limits):
        if any(segment.kind is not Kind.OBJECT for segment in scanner.feed(block.data)):
            return False
    return not list(scanner.finish())


def _taken(found: Candidates, parsed: arrow_path.Parsed, data: bytes, with_raw: bool) -> Iterator[pa.RecordBatch]:
    """The rows of the fast path; `data` is the block as it was read."""
    count = parsed.rows.num_rows
    if not count:
        return
    raw: pa.Array = pa.nulls(count, pa.binary())
    if with_raw:
        extents = zip(found.starts[parsed.taken], found.ends[parsed.taken], strict=True)
        raw = pa.array([data[start:end] for start, end in extents], pa.binary())
    columns = [
        pa.array(found.offsets[parsed.taken]),
        pa.nulls(count, pa.string()),
        *(column.combine_chunks() for column in parsed.rows.columns),
        raw,
    ]
    yield pa.RecordBatch.from_arrays(columns, schema=ROWS_SCHEMA)


def _judged(pieces: Iterator[Piece], with_raw: bool) -> Iterator[pa.RecordBatch]:
    """The rows of the exact path."""
    found = list(pieces)
    if not found:
        return
    columns = [
        pa.array([piece.offset for piece in found], pa.int64()),
        pa.array([piece.reason for piece in found], pa.string()),
        *(pa.array([piece.fields.get(name) for piece in found], pa.string()) for name in FIELDS),
        pa.array([piece.raw if with_raw else None for piece in found], pa.binary()),
    ]
    yield pa.RecordBatch.from_arrays(columns, schema=ROWS_SCHEMA)
