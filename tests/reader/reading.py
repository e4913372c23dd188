"""Bytes to rows, as a task reads them: what the tests of the reader share."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa

from sflydwh.formats.columns import PIECES
from sflydwh.formats.model import COUNT, IGNORED
from sflydwh.formats.named import format_of
from sflydwh.reader.batches import Gives, Reading, Where
from sflydwh.reader.form import Form, form_of_source
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import rows
from sflydwh.reader.source import Source, open_source
from tests.oracle.rules import Event, judge

BOM = b"\xef\xbb\xbf"
# The first bytes of what is unpacked or converted before it is read, or refused whole.
PACKED = (
    b"\x1f\x8b", b"BZh", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff",
)  # fmt: skip
SFLY = format_of("sfly")


class Row(NamedTuple):
    """One piece as the reader gives it: an event, or the reason against it."""

    offset: int
    outcome: Event | str
    raw: bytes | None


@contextmanager
def source_of(data: bytes) -> Iterator[Source]:
    """A source of these bytes."""
    handle, path = tempfile.mkstemp()
    try:
        with open(handle, "wb") as file:
            file.write(data)
        with open_source(path, len(data)) as source:
            yield source
    finally:
        os.unlink(path)


def rows_of(
    source: Source, limits: Limits, cuts: Sequence[int] = (), with_raw: bool = True, is_fast: bool = True
) -> list[Row]:
    """All rows of a source in the order of their offsets, read in one split or cut into several.

    What cannot be cut is read whole, as its split would. A cut at 0 is none.
    """
    cuts = [cut for cut in sorted(cuts) if cut > 0]
    form = form_of_source(source, SFLY)
    edges = [0, source.end]
    if cuts and source.can_be_cut and form is Form.LINES:
        edges = [0, *cuts, max(source.end, cuts[-1])]
    reading = Reading(SFLY, "time", limits, Gives.PIECES, is_fast)
    where = Where("", 0, 0)
    batches = [batch for extent in pairwise(edges) for batch in rows(source, form, extent, where, reading)]
    found = sorted((row for batch in batches for row in rows_in(batch)), key=lambda row: row.offset)
    return found if with_raw else [row._replace(raw=None) for row in found]


def rows_in(batch: pa.RecordBatch) -> Iterator[Row]:
    """The pieces of a batch."""
    assert batch.schema == PIECES.arrow
    for row in batch.to_pylist():
        if row["kind"] in (IGNORED, COUNT):
            continue
        outcome = row["reason"]
        if outcome is None:
            outcome = Event(
                *(row[name] for name in ("customer_id", "event_time", "event_type", "verb", "key", "amount"))
            )
        yield Row(row["source_offset"], outcome, row["raw"])


def content(data: bytes) -> bytes:
    """The bytes of a plain file with blanks in the place of what is wrapped around an array of events."""
    with source_of(data) as source:
        start, end = source.start, source.end
    head = data[:start] if start == len(BOM) else b" " * start
    return head + data[start:end] + b" " * (len(data) - end)


def read(data: bytes, limits: Limits = Limits(), cuts: Sequence[int] = (), with_raw: bool = True) -> list[Row]:
    """As `rows_of`, from bytes."""
    with source_of(data) as source:
        return rows_of(source, limits, cuts, with_raw)


def accepted(offset: int, raw: bytes | None, **fields: str) -> Row:
    """The row of a piece that is one object with these fields: what the oracle makes of them."""
    return Row(offset, judge(dict(fields)), raw)


def refused(offset: int, raw: bytes | None, reason: str) -> Row:
    """The row of a piece that is refused."""
    return Row(offset, reason, raw)
