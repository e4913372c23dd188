"""Times and amounts, compiled: the values that the rules give."""

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sflydwh.reader.digits import NOT_PLAIN
from sflydwh.reader.instants import plain_instant
from sflydwh.reader.plain import plain_amount
from tests.oracle.rules import dollars, instant

EPOCH = "1970-01-01T00:00:00"


def read_time(text: str) -> datetime | None:
    data = np.frombuffer(b"..." + text.encode() + b'"}\n', np.uint8)
    micros = plain_instant(data, 3, len(text.encode()))
    return None if micros == NOT_PLAIN else datetime(1970, 1, 1) + timedelta(microseconds=micros)


def read_amount(text: str) -> Decimal | None:
    data = np.frombuffer(b"..." + text.encode() + b'"}\n', np.uint8)
    value = plain_amount(data, 3, len(text.encode()))
    return None if value == NOT_PLAIN else Decimal(value).scaleb(-4)


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
    assert read_time(text) == expected


RIGHT_TIMES = [
    "2017-01-06", "2017-1-6", "2017-01-06T12:46", "2017-01-06T12:46Z", "2017-01-06T12:46:46+00:00", "2017-01-06T12:46:46-0530",
    "2017-01-06T12:46:46.1234567", "2017-01-06T12:46:46.123456789Z", " 2017-01-06T12:46:46Z ", "2017-01-06T1:2:3", "2017-01-06 1:2 UTC",
    "2017-01-06:12:55.55.555", "2017-01-06:12:46.384", "2017-01-06T12:46.384Z", "2017-01-06T12:46:46+05", "2017-01-06T12:46:46 +05:30",
    "0000-12-31T23:30-01:00", "9999-12-31T23:59:59.999999999", "0001-01-01T01:00+01:00", "2017-01-06T12:46:46 Z", "2017-01-06T12:46UTC",
]  # fmt: skip
NO_TIMES = [
    "", " ", "x", "Z", "12:46", "2017", "2017-01-06Z", "2017-01-06T", "2017-01-06 ZZ", "2017-01-06T12", "2017-01-06T12:46:46.", "2017-01-06T12:46:46.Z",
    "2017-01-06T12:46:46,384Z", "2017-01-06T12:46:46ZZ", "2017-01-06T12:46:46Zx", "2017-01-06T12:46:46  Z", "2017-01-06T12:46:46utc",
    "2017-02-29T00:00:00", "1900-02-29T00:00:00", "2017-04-31T00:00:00", "2017-00-06T00:00:00", "2017-13-06T00:00:00", "2017-001-06",
    "2017-01-00T00:00:00", "2017-01-32T00:00:00", "0000-01-01T00:00:00", "2017-01-06T24:00:00", "2017-01-06T12:60:00", "2017-01-06T123:00",
    "2017-01-06T12:46:60", "2017-01-06T12:46:4x", "2017-01-06X12:46:46", "2017/01/06T12:46:46", "2017-01-06T12.46.46", "2017-01-06T12:46.38",
    "２017-01-06T12:46:4", "2017-01-06T12:46:4é", "-017-01-06T12:46:46", "20170-1-06T12:46:46", "2017-01-06T12:46:46.3-4", "2017-01-06T12:46.3840",
    "2017-01-06T12:46.55", "2017-01-06T12:46.5.5", "2017-01-06T12:46.555.5", "2017-01-06T12:46:46.1234567890", "2017-01-06T12:46+24:00",
    "2017-01-06T12:46+05:60", "2017-01-06T12:46+5", "2017-01-06T12:46+05:3", "2017-01-06T12:46+053", "9999-12-31T23:30-01:00",
]  # fmt: skip


@pytest.mark.parametrize("text", RIGHT_TIMES)
def test_times_are_read_in_all_their_forms(text: str) -> None:
    assert read_time(text) == instant(text) is not None


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time_is_left_to_the_rules(text: str) -> None:
    assert read_time(text) is instant(text) is None


plain_times = st.datetimes().map(lambda time: time.isoformat("T", "microseconds"))
clocks = plain_times.flatmap(
    lambda text: st.sampled_from((text, text + "Z", text[:19], text[:21], text[:23] + "z", text[:10]))
)
digits = st.text("0123456789", min_size=2, max_size=2)
odd = st.tuples(plain_times, st.sampled_from((5, 8, 11, 14, 17)), digits).map(
    lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + 2 :]
)
marred = st.tuples(plain_times, st.integers(0, 25), st.sampled_from("-:.TZ +9 x")).map(
    lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + 1 :]
)


parts = st.sampled_from(("1", "12", "012", ":", "-", ".", "T", " ", "Z", "UTC", "+", "05", "2017", "30", "999", "384"))
built = st.lists(parts, min_size=1, max_size=12).map(lambda found: "2017-1-2T" + "".join(found))


@settings(max_examples=1000, deadline=None)
@given(clocks | odd | marred | built)
def test_a_time_is_read_as_the_rules_say(text: str) -> None:
    assert read_time(text) == instant(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", "0"), ("-0", "0"), ("12", "12"), ("007", "7"), ("12.5", "12.5"), ("-12.3456", "-12.3456"), ("12.34 USD", "12.34"),
        ("-1 USD", "-1"), ("99999999999999.9999", "99999999999999.9999"), ("-99999999999999.9999 USD", "-99999999999999.9999"),
    ],
)  # fmt: skip
def test_plain_amounts_are_read(text: str, expected: str) -> None:
    assert read_amount(text) == Decimal(expected)


RIGHT_AMOUNTS = [
    "1,234.50", "$5", "-$5", "$-5", "USD 5", "5USD", "5 usd", "5  USD", " 5", "5 ", "$5 USD", "-$ 5", "uSd -5.5", "12,345,678,901,234",
    "1,234,567.8901 USD", "USD 5 USD",
]  # fmt: skip
NO_AMOUNTS = [
    "", " ", "-", ".", "-.", "USD", " USD", "- USD", "1.", ".5", "+5", "1e3", "NaN", "5 EUR", "5 USDD", "1.23456", "1.2.3", "--1", "1-",
    "100000000000000", "0000000000000001", "１", "1.２", "5 UXD", "1,23", "1,2345", "12,34,567", "1234,567", ",123", "-USD 5", "- 5", "-$-5", "$USD 5",
    "USD$5", "$", "5 $", "123,456,789,012,345", "5 USD USD", "$ $5", "(5)", "5U", "5US",
]  # fmt: skip


@pytest.mark.parametrize("text", RIGHT_AMOUNTS)
def test_amounts_are_read_in_all_their_forms(text: str) -> None:
    assert read_amount(text) == dollars(text)


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_what_is_no_amount_is_left_to_the_rules(text: str) -> None:
    assert read_amount(text) is None
    assert isinstance(dollars(text), str)


@settings(max_examples=1000, deadline=None)
@given(st.from_regex(r"\A-?[0-9]{1,14}(\.[0-9]{1,4})?( USD)?\Z") | st.text("0123456789.,-$ USDe", max_size=24))
@example("-00000000000000.0001")
def test_an_amount_is_read_as_the_rules_say(text: str) -> None:
    right = dollars(text)
    assert read_amount(text) == (right if isinstance(right, Decimal) else None)


@settings(max_examples=200, deadline=None)
@given(st.decimals(-(10**14) + 1, 10**14 - 1, places=4), st.sampled_from(("", " USD")))
def test_every_decimal_is_read(amount: Decimal, currency: str) -> None:
    assert read_amount(f"{amount:f}{currency}") == amount
