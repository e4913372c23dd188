"""A log read with the fast path and without it, as it has to come out the same."""

from collections import Counter

import pyarrow as pa

from sflydwh.formats.format import Format
from sflydwh.reader.batches import Gives, Reading, Where
from sflydwh.reader.form import Form
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import rows
from tests.reader.reading import source_of

# A line is compared with one before eight bytes at a time; so short logs are too.
PADDING = b" " * 64


def rows_of(log: bytes, log_format: Format, identity: str, form: Form, is_fast: bool) -> tuple[list[str], Counter[str]]:
    """The pieces of a log in order, and what is counted of them."""
    reading = Reading(log_format, identity, Limits(), Gives.PIECES, is_fast)
    with source_of(log) as source:
        batches = list(rows(source, form, (0, len(log)), Where("", 0, 0, "digest"), reading))
    found = pa.Table.from_batches(batches, Gives.PIECES.columns.arrow).to_pylist()
    counts = Counter[str]()
    for row in found:
        if row["position"] is None:
            counts[f"{row['kind']} {row['event_type']}"] += row["pieces"]
    return sorted(str(row) for row in found if row["position"] is not None), counts


def assert_same(log: bytes, log_format: Format, form: Form = Form.LINES) -> None:
    for identity in ("time", "key", "none"):
        fast, exact = (rows_of(log, log_format, identity, form, is_fast) for is_fast in (True, False))
        assert fast == exact
