"""The fast path's fields as Arrow columns."""

import numpy as np
import pyarrow as pa
import pytest

from sflydwh.reader import columns
from sflydwh.reader.batches import Gives, Reading, Where
from sflydwh.reader.form import Form
from sflydwh.reader.pieces import Limits
from sflydwh.reader.rows import rows
from tests.reader.reading import SFLY, source_of


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


@pytest.mark.parametrize("gives", [Gives.COUNTED, Gives.PIECES])
def test_the_memory_of_a_batch_is_arrows_own(gives: Gives) -> None:
    event = (
        b'{"type":"ORDER","verb":"NEW","key":"k%d","customer_id":"c","event_time":"2017-01-06","total_amount":"5"}\n'
    )
    log = b"".join(event % n for n in range(20_000))
    before = pa.total_allocated_bytes()
    with source_of(log) as source:
        reading = Reading(SFLY, "time", Limits(), gives)
        batch, _ = rows(source, Form.LINES, (0, len(log)), Where("", 0, 0), reading)
    assert batch.num_rows == 20_000
    assert pa.total_allocated_bytes() - before >= batch.get_total_buffer_size() * 0.99
