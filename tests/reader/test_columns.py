"""The fast path's fields as Arrow columns."""

from datetime import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from sflydwh.reader import columns
from sflydwh.reader.form import Form
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import Reading, rows
from tests.reader.reading import source_of


def laid_out(*texts: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The texts in one block, with where each begins and how long it is."""
    block, starts, lengths = b"<", [], []
    for text in texts:
        raw = (text or "").encode()
        starts.append(len(block))
        lengths.append(-1 if text is None else len(raw))
        block += raw + b"|"
    return np.frombuffer(block, np.uint8), np.array(starts, np.int32), np.array(lengths, np.int32)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [None],
        ["a"],
        ["", None, "é"],
        ["x" * 15, "y" * 16, "z" * 17, None, "w" * 1000],
        [None] * 9 + ["last"],
        ["a"] * 100,
    ],
)
def test_texts(texts: list[str | None]) -> None:
    found = columns.texts(*laid_out(*texts))
    found.validate(full=True)
    assert (found.type, found.to_pylist()) == (pa.string(), texts)


def test_bytes() -> None:
    found = columns.texts(*laid_out("a", "bc"), pa.binary())
    assert (found.type, found.to_pylist()) == (pa.binary(), [b"a", b"bc"])


def test_instants_and_the_texts_that_are_left() -> None:
    found = columns.instants(*laid_out("2017-01-06T12:46:46.5Z", "12:00", None, "1969-12-31T23:59:59"))
    times = [datetime(2017, 1, 6, 12, 46, 46, 500_000), None, None, datetime(1969, 12, 31, 23, 59, 59)]
    assert (found.values.type, found.values.to_pylist()) == (pa.timestamp("us"), times)
    assert found.texts.to_pylist() == [None, "12:00", None, None]
    assert columns.instants(*laid_out("2017-01-06T12:46:46")).texts.to_pylist() == [None]


def test_amounts_and_the_texts_that_are_left() -> None:
    found = columns.amounts(*laid_out("12.5 USD", None, "12 EUR", "-99999999999999.9999", "-0.0001"))
    found.values.validate(full=True)
    values = [Decimal("12.5000"), None, None, Decimal("-99999999999999.9999"), Decimal("-0.0001")]
    assert (found.values.type, found.values.to_pylist()) == (pa.decimal128(18, 4), values)
    assert found.texts.to_pylist() == [None, None, "12 EUR", None, None]


def test_places() -> None:
    assert columns.places(np.array([0, 7], np.int32), 1 << 40).to_pylist() == [1 << 40, (1 << 40) + 7]


def test_the_memory_of_a_batch_is_arrows_own() -> None:
    event = b'{"type":"ORDER","verb":"NEW","key":"k%d","customer_id":"c","event_time":"%s","total_amount":"%s"}\n'
    log = b"".join(
        event % (n, b"12:00" if n % 2 else b"2017-01-06T12:46:46", b"5 EUR" if n % 3 else b"5") for n in range(20_000)
    )
    before = pa.total_allocated_bytes()
    with source_of(log) as source:
        [batch] = rows(source, Form.LINES, 0, len(log), Reading(Limits(), with_raw=True))
    assert batch.num_rows == 20_000
    assert pa.total_allocated_bytes() - before >= batch.get_total_buffer_size()
