"""Weeks: a week is named by its first day, counted in days since 1970-01-01."""

from collections.abc import Callable
from typing import Final

from pyspark.sql import Column
from pyspark.sql import functions as F

DAYS_IN_WEEK: Final = 7

# 1970-01-01 was a Thursday.
_DAYS_SINCE_WEEK_START: Final = {"monday": 3, "sunday": 4}


def week_of(week_start: str) -> Callable[[Column], Column]:
    """The first day of an instant's week, as a function of the instant.

    Args:
        week_start: `monday` or `sunday`.

    Returns:
        Timestamp to days since 1970-01-01, negative before it.

    >>> df = spark.createDataFrame([("2017-01-08 23:59:59",), ("1969-12-28 00:00:00",)], "t string")
    >>> instant = df.t.cast("timestamp_ntz")
    >>> df.select(week_of("monday")(instant), week_of("sunday")(instant)).collect()[0][:]
    (17168, 17174)
    >>> df.select(week_of("monday")(instant), week_of("sunday")(instant)).collect()[1][:]
    (-10, -4)
    """
    since_start = _DAYS_SINCE_WEEK_START[week_start]

    def week(instant: Column) -> Column:
        days = F.unix_date(instant.cast("date"))
        return days - F.pmod(days + since_start, F.lit(DAYS_IN_WEEK))

    return week


def duration_weeks(first_week: int, last_week: int) -> int:
    """Rule 8: the weeks between two weeks' first days, at least 1.

    >>> duration_weeks(17168, 17168), duration_weeks(17168, 17182)
    (1, 2)
    """
    return max(1, (last_week - first_week) // DAYS_IN_WEEK)


def timeframe_weeks(first_week: int, last_week: int) -> int:
    """Rule 9: the weeks that a data set spans, its first and last week included.

    >>> timeframe_weeks(17168, 17182)
    3
    """
    return (last_week - first_week) // DAYS_IN_WEEK + 1
