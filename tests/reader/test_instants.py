"""Plain times read at once: the same instants as the rules give, or left to the rules."""

from datetime import datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.reader.instants import read_plain
from tests.oracle.rules import instant

EPOCH = "1970-01-01T00:00:00"


def read(texts: list[str | None]) -> list[datetime | str | None]:
    """Each text's instant, or the text where it was not read."""
    times = read_plain(pa.array(texts, pa.string()))
    assert times.instants.type == pa.timestamp("us")
    assert times.texts.type == pa.string()
    assert len(times.instants) == len(times.texts) == len(texts)
    pairs = list(zip(times.instants.to_pylist(), times.texts.to_pylist(), strict=True))
    assert all(instant is None or text is None for instant, text in pairs)
    return [text if instant is None else instant for instant, text in pairs]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (EPOCH, datetime(1970, 1, 1)),
        ("2017-01-06T12:46:46.384Z", datetime(2017, 1, 6, 12, 46, 46, 384000)),
        ("2017-01-06t12:46:46.3z", datetime(2017, 1, 6, 12, 46, 46, 300000)),
        ("2017-01-06 12:46:46.123456", datetime(2017, 1, 6, 12, 46, 46, 123456)),
        ("2017-01-06:12:46:46Z", datetime(2017, 1, 6, 12, 46, 46)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1)),
        ("9999-12-31T23:59:59.999999", datetime.max),
        ("2000-02-29T00:00:00", datetime(2000, 2, 29)),
        ("1969-12-31T23:59:59.999999", datetime(1969, 12, 31, 23, 59, 59, 999999)),
    ],
)
def test_plain_times_are_read(text: str, expected: datetime) -> None:
    assert read([text]) == [expected]
    assert read([text, text, text]) == [expected] * 3


NOT_PLAIN = [
    "", " ", "x", "2017-01-06", "2017-01-06T12:46", "2017-01-06T12:46Z", "2017-01-06T12:46:46+00:00", "2017-01-06T12:46:46+0000",
    "2017-01-06T12:46:46.1234567", "2017-01-06T12:46:46.123456789Z", "2017-01-06T12:46:46.", "2017-01-06T12:46:46.Z",
    "2017-01-06T12:46:46,384Z", "2017-01-06T12:46:46ZZ", " 2017-01-06T12:46:46Z", "2017-01-06T12:46:46Z\n", "2017-01-06T12:46:46Zx",
    "2017-02-29T00:00:00", "1900-02-29T00:00:00", "2017-04-31T00:00:00", "2017-00-06T00:00:00", "2017-13-06T00:00:00",
    "2017-01-00T00:00:00", "2017-01-32T00:00:00", "0000-01-01T00:00:00", "2017-01-06T24:00:00", "2017-01-06T12:60:00",
    "2017-01-06T12:46:60", "2017-01-06T12:46:4x", "2017-01-06X12:46:46", "2017/01/06T12:46:46", "2017-01-06T12.46.46",
    "２017-01-06T12:46:4", "2017-01-06T12:46:4é", "-017-01-06T12:46:46", "20170-1-06T12:46:46", "2017-01-06T12:46:46.3-4",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_all_else_stays_text(text: str) -> None:
    assert read([text]) == [text]
    assert read([EPOCH, text, EPOCH, None]) == [datetime(1970, 1, 1), text, datetime(1970, 1, 1), None]


def test_no_texts_and_missing_ones() -> None:
    assert read([]) == []
    assert read([None]) == [None]
    assert read([None, EPOCH, None]) in ([None, EPOCH, None], [None, datetime(1970, 1, 1), None])


def test_a_part_of_an_array_is_read_at_its_place() -> None:
    whole = pa.array(["x", "2017-01-06T12:46:46", None, "2017-01-07T12:46:46", "2017-01-08T12:46:46"])
    times = read_plain(whole.slice(1, 3))
    assert times.instants.to_pylist() == [datetime(2017, 1, 6, 12, 46, 46), None, datetime(2017, 1, 7, 12, 46, 46)]
    assert times.texts.to_pylist() == [None, None, None]


plain = st.datetimes().map(lambda time: time.isoformat("T", "microseconds"))
clocks = plain.flatmap(
    lambda text: st.sampled_from((text, text + "Z", text[:19], text[:21], text[:23] + "z", text[:10]))
)
digits = st.text("0123456789", min_size=2, max_size=2)
odd = st.tuples(plain, st.sampled_from((5, 8, 11, 14, 17)), digits).map(
    lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + 2 :]
)
marred = st.tuples(plain, st.integers(0, 25), st.sampled_from("-:.TZ +9 x")).map(
    lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + 1 :]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(clocks | odd | marred | st.none() | st.sampled_from(NOT_PLAIN), max_size=8))
def test_what_is_read_is_what_the_rules_say(texts: list[str | None]) -> None:
    for text, found in zip(texts, read(texts), strict=True):
        assert found == (instant(text) if isinstance(found, datetime) else text)


@settings(max_examples=300, deadline=None)
@given(st.lists(plain | odd | marred, min_size=1, max_size=8))
def test_texts_of_one_length_and_plain_form_are_all_read(texts: list[str]) -> None:
    is_plain = [text[10] in "Tt :" and text[19] == "." and text[20:].isdecimal() for text in texts]
    expected = [instant(text) if found else None for text, found in zip(texts, is_plain, strict=True)]
    assert read(texts) == [found or text for text, found in zip(texts, expected, strict=True)]
