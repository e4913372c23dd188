"""The fast path's fields as Arrow columns."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from sflydwh.formats.model import COUNT, IGNORED, KINDS
from sflydwh.formats.named import format_of
from sflydwh.reader import arrays
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
    found = arrays.texts(*laid_out(*texts))
    found.validate(full=True)
    assert (found.type, found.to_pylist()) == (pa.string(), texts)


def test_bytes() -> None:
    found = arrays.texts(*laid_out("a", "bc"), pa.binary())
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


@pytest.mark.parametrize("is_fast", [True, False])
def test_events_from_an_instant_on_are_ignored_under_all_their_names(is_fast: bool) -> None:
    call = (
        '{"type":"track","event":"Order Completed","%s":"a","timestamp":"2024-01-0%dT00:00:00.000001Z",'
        '"properties":{"order_id":"o","total":1.001}}'
    )
    other = '{"type":"track","event":"after_as_of","userId":"a","timestamp":"2024-01-01"}'
    lines = [call % ("userId", 1), call % ("anonymousId", 2), call % ("userId", 3), other]
    log = "\n".join([*lines, call % ("userId", 4), "{}"]).encode() + b"\n" + b" " * 64
    segment = format_of("segment")
    counts = {}
    for before in (None, 1_704_153_600_000_001, 1_704_153_600_000_002):
        reading = Reading(segment, "key", Limits(), Gives.COUNTED, is_fast, before)
        with source_of(log) as source:
            found = [
                row
                for batch in rows(source, Form.LINES, (0, len(log)), Where("", 0, 0), reading)
                for row in batch.to_pylist()
            ]
        counted = Counter[str]()
        for row in found:
            name = "ORDER" if row["kind"] == KINDS["ORDER"] else f"{row['kind']} {row['label']}"
            counted[name] += row["pieces"]
        counts[before] = dict(counted)
    user, anonymous = f"{COUNT} customer:userId", f"{COUNT} customer:anonymousId"
    ignored, rounded = f"{IGNORED} after_as_of", f"{COUNT} rounded"
    common = {f"{IGNORED} ": 1}
    assert counts == {
        None: {"ORDER": 4, user: 3, anonymous: 1, rounded: 4, ignored: 1, **common},
        1_704_153_600_000_001: {"ORDER": 1, user: 1, rounded: 1, ignored: 4, **common},
        1_704_153_600_000_002: {"ORDER": 2, user: 1, anonymous: 1, rounded: 2, ignored: 3, **common},
    }
