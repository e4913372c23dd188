"""Times of other shops: counts of units, and patterns."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.errors import UsageError
from sflydwh.formats.times import pattern_instant
from tests.formats.judging import expected, told

FORMAT = """
[format]
name = "made"
identity = "none"
customer = "who"
time = {{ path = "at", {time} }}

[[event]]
type = "SITE_VISIT"
"""
PATTERNS = (
    "%m/%d/%Y %H:%M",
    "%d.%m.%y",
    "%d-%b-%Y %H:%M:%S",
    "%Y%m%d",
    "%Y-%m-%dT%H%M%S%z",
    "%b %d, %Y",
    "%y%m%d%H",
    "100%% %d/%m/%Y",
)
UNITS = (
    'unit = "s"',
    'unit = "ms"',
    'unit = "us"',
    'unit = "iso"',
    *(f'pattern = "{pattern}"' for pattern in PATTERNS),
)
counts = st.integers(0, 3 * 10**17).map(str) | st.tuples(st.integers(0, 3 * 10**11), st.integers(0, 10**9)).map(
    lambda parts: f"{parts[0]}.{parts[1]}"
)
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))


@st.composite
def dates(draw: st.DrawFn) -> str:
    """A moment in the form of one of the patterns, perhaps without the zeros that fill it up, perhaps spoilt."""
    moment = draw(moments | st.datetimes(datetime(1960, 1, 1), datetime(2079, 1, 1)))
    pattern = (
        draw(st.sampled_from(PATTERNS)).replace("%Y", f"{moment.year:04}").replace("%y", f"{moment.year % 100:02}")
    )
    text = moment.strftime(pattern.replace("%z", draw(st.sampled_from(("Z", "+0130", " -05", "+01:00", "+24", "")))))
    if draw(st.booleans()):
        text = text.replace("/0", "/").removeprefix("0")
    return (
        text
        if draw(st.integers(0, 5))
        else text.replace(draw(st.sampled_from("0123456789/ ")), draw(st.sampled_from("90 :")), 1)
    )


@settings(max_examples=1000, deadline=None)
@given(
    st.sampled_from(UNITS),
    counts | dates() | st.integers(0, 2 * 10**18) | st.floats(0, 2e9).map(lambda each: round(each, 4)),
)
def test_times_are_those_of_the_oracle(unit: str, value: object) -> None:
    text = FORMAT.format(time=unit)
    line = json.dumps({"who": "w", "at": value})
    assert told(text, line) == expected(text, line)


@pytest.mark.parametrize(
    ("time", "value", "found"),
    [
        ('unit = "s"', 1700000000, "2023-11-14 22:13:20"),
        ('unit = "s"', "1700000000.1234567", "2023-11-14 22:13:20.123456"),
        ('unit = "ms"', 1700000000123, "2023-11-14 22:13:20.123000"),
        ('unit = "us"', "1612069510766593", "2021-01-31 05:05:10.766593"),
        ('unit = "us"', "253402300800000000", "invalid_event_time"),
        ('unit = "s"', "-1", "invalid_event_time"),
        ('unit = "s"', 1e3, "1970-01-01 00:16:40"),
        ('unit = "iso"', 1700000000, "invalid_event_time"),
        ('pattern = "%m/%d/%Y %H:%M"', "12/1/2010 8:26", "2010-12-01 08:26:00"),
        ('pattern = "%m/%d/%Y %H:%M"', "13/1/2010 8:26", "invalid_event_time"),
        ('pattern = "%d.%m.%y"', "1.2.69", "1969-02-01 00:00:00"),
        ('pattern = "%d.%m.%y"', "1.2.68", "2068-02-01 00:00:00"),
        ('pattern = "%Y%m%d"', 20240105, "2024-01-05 00:00:00"),
        ('pattern = "%Y%m%d"', "202415", "invalid_event_time"),
        ('pattern = "%b %d, %Y"', "JAN 5, 2024", "2024-01-05 00:00:00"),
        ('pattern = "%Y-%m-%dT%H%M%S%z"', "2024-01-05T010203+0130", "2024-01-04 23:32:03"),
    ],
)
def test_how_times_are_read(time: str, value: object, found: str) -> None:
    text = FORMAT.format(time=time)
    line = json.dumps({"who": "w", "at": value})
    outcome = told(text, line)
    micros = outcome[3] if outcome[0] == "event" else None
    assert (outcome[1] if micros is None else str(datetime(1970, 1, 1) + timedelta(microseconds=micros))) == found
    assert outcome == expected(text, line)


@pytest.mark.parametrize(
    "value", ["02-ſep-2020", "02-SEſ-2020", "02-ÅUG-2020", "０2-sep-2020", "02-sep-202٠", "02-ſep"]
)
def test_months_and_digits_are_of_ascii(value: str) -> None:
    text = FORMAT.format(time='pattern = "%d-%b-%Y"')
    line = json.dumps({"who": "w", "at": value})
    assert told(text, line) == expected(text, line) == ("rejected", "invalid_event_time")


def test_only_a_digit_of_ascii_takes_the_second_digit_from_a_number() -> None:
    assert pattern_instant("%Y-%m-%d²")("1970-1-2²") == pattern_instant("%Y-%m-%d")("1970-1-2")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("%Y-%m-%d %I", "%I is not a directive; known are %Y %y %m %d %H %M %S %b %z %%"),
        ("%Y-%m-%d %", "% is not a directive"),
        ("%Y-%m-%d %d", "%d occurs twice"),
        ("%m/%d", "must have one of %Y and %y"),
        ("%Y %y %m %d", "must have one of %Y and %y"),
        ("%Y-%d", "must have one of %m and %b"),
        ("%Y-%m", "must have %d"),
        ("%Y-%m-%d ", "begins or ends with a blank"),
    ],
)
def test_what_is_no_pattern(pattern: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        pattern_instant(pattern)
    assert message in str(raised.value)
