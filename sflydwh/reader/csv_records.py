"""Read CSV: the same records as Python's `csv.reader`, each with its offset, in bounded memory."""

import csv
import json
import re
import sys
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import chain
from typing import Final, NamedTuple

from sflydwh.errors import InputError
from sflydwh.formats.format import BLANKS, Csv, Format
from sflydwh.formats.judgement import Accepted, Rejected, judge
from sflydwh.formats.model import MALFORMED_RECORD, TOO_LARGE
from sflydwh.formats.values import JSON_BLANKS, JsonObject, csv_record
from sflydwh.reader.blocks import LongLine, line_blocks, stream_blocks
from sflydwh.reader.pieces import Limits, Piece
from sflydwh.reader.source import Source
from sflydwh.reader.strict import decoded, reject_header, wrapped

# Fields have no limit of their own.
csv.field_size_limit(sys.maxsize)

_LINE: Final = re.compile(rb"[^\r\n]+")
_QUIET: Final = re.compile(rb'[^"\r\n]*')
_QUOTE: Final = b'"'
_BLANKS: Final = re.compile("[ \t]+")


class Record(NamedTuple):
    """A record's bytes in a file; above the size limit, `raw` holds only the first of them."""

    offset: int
    length: int
    raw: bytes


class _State(Enum):
    FIELD_START = 0
    IN_FIELD = 1
    IN_QUOTES = 2
    AFTER_QUOTE = 3


class Cutter:
    """Cuts a stream of blocks into records.

    Args:
        offset: the offset of the first byte that will be fed.
        separation: how fields are separated: a quote that begins a field opens a text that may hold line breaks.
        limits: a record above `event_bytes` is followed to its end, but not kept whole.
    """

    def __init__(self, offset: int, separation: Csv, limits: Limits) -> None:
        self._offset = offset
        self._limits = limits
        self._has_quotes = separation.delimiter != BLANKS
        delimiter = separation.delimiter.encode("utf-8") if self._has_quotes else b"\n"
        self._mark = re.compile(rb"[\r\n]|" + re.escape(delimiter))
        # A delimiter of several bytes may be cut by the blocks.
        self._beginnings = [delimiter[:length] for length in range(len(delimiter) - 1, 0, -1)]
        self._begun = b""
        self._state = _State.FIELD_START
        self._start = offset
        self._parts: list[bytes] = []
        self._held = 0

    def feed(self, block: bytes) -> Iterator[Record]:
        """Take the next block and give the records that end in it."""
        block = self._begun + block
        self._begun = next((begun for begun in self._beginnings if block.endswith(begun)), b"")
        yield from self._feed(block[: len(block) - len(self._begun)])

    def finish(self) -> Iterator[Record]:
        """The input ends here: give the record left open."""
        yield from self._feed(self._begun)
        yield from self._record(b"")

    def _feed(self, block: bytes) -> Iterator[Record]:
        at = 0
        while at < len(block):
            stop = self._end_of_record(block, at)
            if stop is None:
                self._hold(block[at:])
                break
            yield from self._record(block[at:stop])
            at = stop + 1
            self._start = self._offset + at
        self._offset += len(block)

    def _end_of_record(self, block: bytes, at: int) -> int | None:
        """The place of the line break that ends the record; None where it goes on after the block."""
        if not self._held and self._state is _State.FIELD_START:
            quiet = _QUIET.match(block, at)
            if quiet and quiet.end() < len(block) and block[quiet.end()] != _QUOTE[0]:
                return quiet.end()
        while at < len(block):
            is_quote = self._has_quotes and block[at] == _QUOTE[0]
            if self._state is _State.IN_QUOTES:
                closing = block.find(_QUOTE, at)
                if closing < 0:
                    return None
                at, self._state = closing + 1, _State.AFTER_QUOTE
            elif is_quote and self._state is not _State.IN_FIELD:
                at, self._state = at + 1, _State.IN_QUOTES
            else:
                mark = self._mark.search(block, at)
                self._state = _State.IN_FIELD if mark is None else _State.FIELD_START
                if mark is None:
                    return None
                if mark[0] in (b"\r", b"\n"):
                    return mark.start()
                at = mark.end()
        return None

    def _hold(self, part: bytes) -> None:
        if self._held <= self._limits.event_bytes:
            self._parts.append(part)
        self._held += len(part)

    def _record(self, last_part: bytes) -> Iterator[Record]:
        """The record that ends with a part; an empty line is none."""
        self._hold(last_part)
        length, raw = self._held, b"".join(self._parts)
        self._parts, self._held, self._state = [], 0, _State.FIELD_START
        if length and (self._has_quotes or raw.strip(b" \t")):
            kept = length if length <= self._limits.event_bytes else self._limits.kept_bytes
            yield Record(self._start, length, raw[:kept])


def fields_of(raw: bytes, separation: Csv) -> list[str] | None:
    """The fields of one record; None if it is not in UTF-8, or holds a NUL byte."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if "\0" in text:
        return None
    if separation.delimiter == BLANKS:
        return _BLANKS.split(text.strip(" \t"))
    return next(csv.reader([text], delimiter=separation.delimiter))


def csv_pieces(source: Source, log_format: Format, limits: Limits, as_json: bool) -> Iterator[list[Piece]]:
    """The pieces of a CSV file, or of a rejects file from one; the first line tells which.

    Args:
        source: the file.
        log_format: a format that reads CSV.
        limits: what bounds memory.
        as_json: whether an event's bytes are replaced by a JSON object of its fields.

    Yields:
        For each block, the pieces that end in it.

    Raises:
        InputError: the header names a column twice, or lacks one that the format reads.
    """
    separation = log_format.csv or Csv()
    judging = _Judging(log_format, separation, limits, as_json)
    if _is_of_rejects(source, limits):
        yield from _pieces_of_rejects(source, judging)
        return
    header = _Header(separation.header, None) if separation.header else None
    cutter = Cutter(source.start, separation, limits)
    blocks = (cutter.feed(block.data) for block in stream_blocks(source, source.start, source.end, limits))
    for records in chain(blocks, (cutter.finish(),)):
        pieces = []
        for record in records:
            if header is None:
                header = judging.header(record.raw, source.path)
            else:
                pieces.append(judging.piece(record, header))
        yield pieces


class _Header(NamedTuple):
    """The names of the columns, and the header's text; None if the format gives the names."""

    names: Sequence[str]
    text: str | None


class _Judging:
    """Makes pieces of records, by one format."""

    def __init__(self, log_format: Format, separation: Csv, limits: Limits, as_json: bool) -> None:
        self._format = log_format
        self.separation = separation
        self.limits = limits
        self._as_json = as_json

    def header(self, raw: bytes, path: str) -> _Header:
        """The columns that a file's first record names."""
        fields = fields_of(raw, self.separation)
        if fields is None:
            raise InputError(f"{path}: its first line, the header, is not UTF-8 or holds a NUL byte")
        names = [name.strip(JSON_BLANKS) for name in fields]
        has = f"its columns are {', '.join(names)}"
        if raw.lstrip().startswith((b"{", b"[")):
            has = "it looks like JSON, not CSV: jobs/try_format.py EVENTS says which format fits"
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"{path} names the column {name!r} twice; {has}")
        for columns in self._format.columns_missing(names):
            wanted = " or ".join(map(repr, columns))
            raise InputError(f"{path} has no column {wanted}, which format {self._format.name} reads; {has}")
        return _Header(names, raw.decode("utf-8"))

    def piece(self, record: Record, header: _Header) -> Piece:
        """The piece that a record is."""
        if record.length > self.limits.event_bytes:
            return Piece(record.offset, Rejected(TOO_LARGE), record.raw, header.text)
        fields = fields_of(record.raw, self.separation)
        if fields is None or len(fields) != len(header.names):
            return Piece(record.offset, Rejected(MALFORMED_RECORD), record.raw, header.text)
        found = judge(self._format, csv_record(header.names, fields))
        is_object = self._as_json and isinstance(found, Accepted)
        raw = _object(csv_record(header.names, fields)) if is_object else record.raw
        return Piece(record.offset, found, raw, header.text)


def _object(record: JsonObject) -> bytes:
    return json.dumps(dict(record.pairs), ensure_ascii=False).encode("utf-8")


def _is_of_rejects(source: Source, limits: Limits) -> bool:
    """Whether the first line that is not blank is one of a rejects file."""
    for block in line_blocks(source, source.start, source.end, limits):
        data = b"" if isinstance(block, LongLine) else bytes(block.data).lstrip()
        if data or isinstance(block, LongLine):
            line = _LINE.match(data) if data.startswith(b"{") else None
            record = decoded(line[0]) if line else None
            return record is not None and wrapped(record) is not None
    return False


def _pieces_of_rejects(source: Source, judging: _Judging) -> Iterator[list[Piece]]:
    for block in line_blocks(source, source.start, source.end, judging.limits):
        if isinstance(block, LongLine):
            raw = source.read(block.start, judging.limits.kept_bytes)
            yield [Piece(block.start, Rejected(TOO_LARGE), raw)]
            continue
        lines = _LINE.finditer(block.data)
        yield [piece for line in lines for piece in _pieces_of_reject(line[0], block.offset + line.start(), judging)]


def _pieces_of_reject(line: bytes, offset: int, judging: _Judging) -> Iterator[Piece]:
    """The pieces in the `raw` of a line, all at its offset or just after it."""
    record = decoded(line)
    inside = None if record is None else wrapped(record)
    if record is None or inside is None:
        if line.strip():
            yield Piece(offset, Rejected(MALFORMED_RECORD), line)
        return
    text = reject_header(record)
    names = judging.separation.header
    if text is not None:
        header = judging.header(text.encode("utf-8", "surrogatepass"), "the header of a reject")
    else:
        header = _Header(names, None)
    cutter = Cutter(offset, judging.separation, judging.limits)
    for place, found in enumerate((*cutter.feed(inside), *cutter.finish())):
        piece = judging.piece(found._replace(offset=offset + place), header)
        # What was too large is a reject's beginning here: no more is known of it.
        is_cut_short = len(inside) == judging.limits.kept_bytes and not isinstance(piece.outcome, Rejected)
        yield piece._replace(outcome=Rejected(MALFORMED_RECORD), raw=found.raw) if is_cut_short else piece
