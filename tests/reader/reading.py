"""Bytes to rows, as a task reads them: what the tests of the reader share."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa

from sflydwh.formats.model import EVENT_TIME, FIELDS, TOTAL_AMOUNT
from sflydwh.reader.form import Form, form_of_source
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import Reading, rows
from sflydwh.reader.source import Source, open_source
from tests.oracle.rules import dollars, instant

BOM = b"\xef\xbb\xbf"
# The first bytes of what is unpacked or converted before it is read, or refused whole.
PACKED = (
    b"\x1f\x8b", b"BZh", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff",
)  # fmt: skip
NO_FIELDS = (None,) * len(FIELDS)

Value = str | datetime | Decimal | None


class Row(NamedTuple):
    """One row of the reader; `fields` are in the order of `FIELDS`.

    Valid times and amounts are values here, whether the reader gave them or their texts.
    """

    offset: int
    reason: str | None
    fields: tuple[Value, ...]
    raw: bytes | None


def value(name: str, text: str | None) -> Value:
    """What the text of a field stands for."""
    if text is not None and name == EVENT_TIME:
        return instant(text) or text
    if text is not None and name == TOTAL_AMOUNT:
        found = dollars(text)
        return found if isinstance(found, Decimal) else text
    return text


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
    form = form_of_source(source)
    edges = [0, source.end]
    if cuts and source.can_be_cut and form is Form.LINES:
        edges = [0, *cuts, max(source.end, cuts[-1])]
    reading = Reading(limits, with_raw, is_fast)
    batches = [batch for start, end in pairwise(edges) for batch in rows(source, form, start, end, reading)]
    return sorted((row for batch in batches for row in rows_in(batch)), key=lambda row: row.offset)


def rows_in(batch: pa.RecordBatch) -> Iterator[Row]:
    """The rows of a batch."""
    for row in batch.to_pylist():
        fields = {name: value(name, row[name]) for name in FIELDS}
        for name, read in ((EVENT_TIME, row["instant"]), (TOTAL_AMOUNT, row["amount"])):
            if read is not None:
                assert fields[name] is None
                fields[name] = read
        yield Row(row["offset"], row["reason"], tuple(fields.values()), row["raw"])


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
    """The row of a piece that is not refused."""
    assert set(fields) <= set(FIELDS)
    return Row(offset, None, tuple(value(name, fields.get(name)) for name in FIELDS), raw)


def refused(offset: int, raw: bytes | None, reason: str) -> Row:
    """The row of a piece that is refused."""
    return Row(offset, reason, NO_FIELDS, raw)
