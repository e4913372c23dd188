"""Weeks against Python's calendar, at the edges of years, of weeks and of time."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from chispa import assert_df_equality
from hypothesis import given
from hypothesis import strategies as st

from sflydwh.engine.engine import Engine
from sflydwh.ltv.weeks import duration_weeks, timeframe_weeks, week_of
from tests.events import a_few
from tests.ltv import at

EPOCH = date(1970, 1, 1).toordinal()
DAYS_INTO_WEEK: dict[str, Callable[[date], int]] = {
    "monday": date.weekday,
    "sunday": lambda day: day.isoweekday() % 7,
}


def first_day(moment: datetime, week_start: str) -> int:
    """Days since 1970 of a week's first day, which may lie before year 1."""
    return moment.toordinal() - DAYS_INTO_WEEK[week_start](moment.date()) - EPOCH


def assert_weeks(engine: Engine, moments: list[datetime]) -> None:
    frame = engine.session.createDataFrame([(moment,) for moment in moments], "moment timestamp_ntz")
    rows = [(m, first_day(m, "monday"), first_day(m, "sunday")) for m in moments]
    assert_df_equality(
        frame.select("moment", *(week_of(start)(frame.moment).alias(start) for start in DAYS_INTO_WEEK)),
        engine.session.createDataFrame(rows, "moment timestamp_ntz, monday int, sunday int"),
        ignore_nullable=True,
    )


def every_day(first: datetime, count: int) -> list[datetime]:
    moments = [first + timedelta(days) for days in range(count)]
    return [*moments, *(moment.replace(hour=23, minute=59, second=59, microsecond=999_999) for moment in moments)]


@pytest.mark.parametrize(
    "first",
    [at("0001-01-01"), at("1969-12-20"), at("2016-02-20"), at("2020-12-20"), at("9999-12-08")],
    ids=str,
)
def test_a_week_begins_on_its_monday_or_sunday(engine: Engine, first: datetime) -> None:
    assert_weeks(engine, every_day(first, 24))


@a_few
@given(st.lists(st.datetimes(), min_size=100, max_size=100))
def test_every_week_is_the_one_of_pythons_calendar(engine: Engine, moments: list[datetime]) -> None:
    assert_weeks(engine, moments)


def test_a_duration_is_at_least_one_week() -> None:
    monday = first_day(datetime(2017, 1, 6), "monday")
    assert [duration_weeks(monday, monday + 7 * weeks) for weeks in (0, 1, 2, 521_722)] == [1, 1, 2, 521_722]


def test_a_timeframe_has_its_first_and_its_last_week() -> None:
    monday = first_day(datetime(2017, 1, 6), "monday")
    assert [timeframe_weeks(monday, monday + 7 * weeks) for weeks in (0, 1, 2)] == [1, 2, 3]


def test_weeks_before_1970_are_counted_alike() -> None:
    assert duration_weeks(-10, 4) == 2
    assert timeframe_weeks(-24, -10) == 3
