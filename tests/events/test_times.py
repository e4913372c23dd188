"""Rule 3 against Python's datetime, whatever zone the session and the machine are in."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import product

import pytest
from chispa import assert_df_equality
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sflydwh.engine.engine import Engine
from sflydwh.events.times import with_instants
from tests.events import a_few, results, texts
from tests.oracle.rules import instant

ZONE = "spark.sql.session.timeZone"

UTC_OF = {
    "2017-01-06": "2017-01-06 00:00:00",
    "2017-01-06T12:46": "2017-01-06 12:46:00",
    "2017-01-06t12:46:47": "2017-01-06 12:46:47",
    "2017-01-06 12:46:47.5z": "2017-01-06 12:46:47.500000",
    "2017-01-06:12:46:47.123456789Z": "2017-01-06 12:46:47.123456",
    "2017-01-06T12:46:47.9999999": "2017-01-06 12:46:47.999999",
    " \t2017-01-06T12:46Z\r\n": "2017-01-06 12:46:00",
    "2017-01-06T12:46:47+14:00": "2017-01-05 22:46:47",
    "2017-01-06T12:46:47-1130": "2017-01-07 00:16:47",
    "2017-01-06T12:46-00:00": "2017-01-06 12:46:00",
    "2016-02-29": "2016-02-29 00:00:00",
    "2000-02-29T00:00+00:01": "2000-02-28 23:59:00",
    "2016-02-28T23:00-01:00": "2016-02-29 00:00:00",
    "2021-01-03T23:59:59.999999": "2021-01-03 23:59:59.999999",  # the end of week 53
    "0001-01-01": "0001-01-01 00:00:00",
    "0001-01-01T00:30+00:30": "0001-01-01 00:00:00",
    "0000-12-31T23:30-01:00": "0001-01-01 00:30:00",
    "9999-12-31T23:59:59.999999999": "9999-12-31 23:59:59.999999",
    "9999-12-31T23:59:59-00:00": "9999-12-31 23:59:59",
    "1582-10-10T00:00": "1582-10-10 00:00:00",  # the Gregorian calendar goes back to year 1
    "1883-11-18T12:03:58": "1883-11-18 12:03:58",
    # In New York there is no such time, and there are two.
    "2017-03-12T02:30:00": "2017-03-12 02:30:00",
    "2017-11-05T01:30:00": "2017-11-05 01:30:00",
}

NO_TIMES = [
    None, "", " ", "12:00", "2017", "2017-01", "20170106", "17-01-06", "2017-1-6", "02017-01-06", "+2017-01-06",
    "2017-01-06Z", "2017-01-06+01:00", "2017-01-06T", "2017-01-06T12", "2017-01-06T12Z", "2017-01-06T1:02",
    "2017-01-06T12:46:", "2017-01-06T12:46:4", "2017-01-06T12:46:47.", "2017-01-06T12:46:47.Z",
    "2017-01-06T12:46:47.1234567890", "2017-01-06T12:46.5", "2017-01-06T24:00", "2017-01-06T12:60",
    "2017-01-06T12:46:60", "2016-12-31T23:59:60Z", "2017-01-06T12:46:47 Z", "2017-01-06T12:46:47+1",
    "2017-01-06T12:46:47+01", "2017-01-06T12:46:47+01:0", "2017-01-06T12:46:47+24:00", "2017-01-06T12:46:47+01:60",
    "2017-01-06T12:46:47+01:00Z", "2017-01-06T12:46:47+01:00:00", "2017-01-06  12:46", "2017-01-06_12:46",
    "2017/01/06", "2017-02-29", "1900-02-29", "2016-02-30", "2017-04-31", "2017-13-01", "2017-00-10", "2017-01-00",
    "2017-01-32", "0000-01-01", "0000-12-31T23:30", "0001-01-01T00:30+00:31", "9999-12-31T23:30-00:30",
    "10000-01-01", "2017-W01-5", "2017-006", "1483706806", "now", "today", "epoch", "2017-01-06T12:46 UTC",
    "2017-01-06T12:46[Europe/Paris]", "2017-01-06T12:46America/New_York", "\u00a02017-01-06", "\uff12017-01-06",
    "2017-01-06\n2017-01-06", "2017-01-06T12:46:47\x00",
    "2017-01-06\u2028", "2017-01-06T12:46\u0085", "2017-01-06T12:46Z\u2029",
]  # fmt: skip


@pytest.fixture(params=["UTC", "America/New_York"])
def zoned(engine: Engine, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Each engine with the session and this process in a zone."""
    before = engine.session.conf.get(ZONE)
    engine.session.conf.set(ZONE, request.param)
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield engine
    engine.session.conf.set(ZONE, before)
    monkeypatch.undo()
    time.tzset()


def with_instant(texts: DataFrame) -> DataFrame:
    """The texts with the `instant` that each names."""
    return with_instants(texts.withColumn("instant", texts.text), "instant")


def test_an_event_time_is_an_instant_in_utc(zoned: Engine) -> None:
    session = zoned.session
    expected = [(text, datetime.fromisoformat(utc)) for text, utc in UTC_OF.items()]
    frame = texts(session, list(UTC_OF))
    assert_df_equality(
        with_instant(frame),
        session.createDataFrame(expected, "text string, instant timestamp_ntz"),
        ignore_nullable=True,
    )


def test_all_else_is_no_time(zoned: Engine) -> None:
    frame = texts(zoned.session, NO_TIMES)
    found = results(with_instant(frame), instant=F.col("instant"))
    assert found == dict.fromkeys(NO_TIMES)


def digits(least: int, most: int, width: int = 2) -> st.SearchStrategy[str]:
    return st.integers(least, most).map(lambda number: f"{number:0{width}}")


DATES = (
    st.dates().map(str)
    | st.builds("{}-{}-{}".format, digits(0, 9999, 4), digits(0, 13), digits(0, 32))
    | st.builds("{}-{}".format, digits(0, 9999, 4), st.sampled_from(["02-28", "02-29", "02-30", "12-31", "01-01"]))
    | st.sampled_from(["0000-12-31", "0001-01-01", "9999-12-31", "2020-12-31", "2017-1-1", "2017", ""])
)
FRACTIONS = st.just("") | st.text("0123456789", max_size=10).map(".{}".format)
SECONDS = st.just("") | st.builds(":{}{}".format, digits(0, 60), FRACTIONS)
CLOCKS = st.just("") | st.builds("{}{}:{}{}".format, st.sampled_from("Tt :_"), digits(0, 24), digits(0, 60), SECONDS)
OFFSETS = st.builds("{}{}{}{}".format, st.sampled_from("+-"), digits(0, 24), st.sampled_from([":", ""]), digits(0, 60))
ENDS = st.sampled_from(["", "Z", "z", "\n", " Z", "+14:00", "-12:00", "+01"]) | OFFSETS
BLANKS = st.lists(st.sampled_from(["", "", " ", "\t\n", "\u00a0"]), min_size=1, max_size=2, unique=True)


def several(part: st.SearchStrategy[str], count: int = 8) -> st.SearchStrategy[list[str]]:
    return st.lists(part, min_size=count, max_size=count)


@a_few
@given(parts=st.tuples(BLANKS, several(DATES, 12), several(CLOCKS), several(ENDS)))
def test_every_text_is_read_as_the_oracle_reads_it(zoned: Engine, parts: tuple[list[str], ...]) -> None:
    values = sorted({"".join(part) for part in product(*parts)})
    frame = texts(zoned.session, values)
    assert results(with_instant(frame), instant=F.col("instant")) == {text: instant(text) for text in values}


WITH_OFFSET = st.datetimes(
    datetime.fromisoformat("0001-01-02"),
    datetime.fromisoformat("9999-12-30"),
    timezones=st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@a_few
@given(moments=st.lists(WITH_OFFSET, min_size=100, max_size=100, unique_by=datetime.isoformat))
def test_what_datetime_writes_is_read_back(zoned: Engine, moments: list[datetime]) -> None:
    expected = {moment.isoformat(): moment.astimezone(timezone.utc).replace(tzinfo=None) for moment in moments}
    frame = texts(zoned.session, list(expected))
    assert results(with_instant(frame), instant=F.col("instant")) == expected
